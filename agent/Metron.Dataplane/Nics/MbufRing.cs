using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Metron.Dpdk;

namespace Metron.Dataplane.Nics;

/// <summary>
/// A bounded queue of mbufs from one thread to one other, in native memory: what descriptors are to a NIC. Positions count mbufs since the beginning
/// and never wrap. What the two ends write lies in pairs of cache lines of their own.
/// </summary>
/// <remarks>Marked inner loop. Each end reads the other's position only when its own copy of it leaves no room, or nothing to take.</remarks>
internal readonly unsafe struct MbufRing
{
    private const int HeaderBytes = 256;

    private readonly Header* _header;
    private readonly ulong _mask;

    /// <param name="start">Zeroed memory of <see cref="BytesFor"/>, aligned to 128 bytes.</param>
    /// <param name="capacity">Most mbufs, a power of two.</param>
    public MbufRing(byte* start, int capacity)
    {
        _header = (Header*)start;
        _mask = (ulong)capacity - 1;
    }

    /// <summary>Mbufs ever put in.</summary>
    public ulong Put => Volatile.Read(ref _header->Put);

    /// <summary>Mbufs ever taken out.</summary>
    public ulong Taken => Volatile.Read(ref _header->Taken);

    private Mbuf* Slots => (Mbuf*)((byte*)_header + HeaderBytes);

    /// <summary>Bytes of a ring.</summary>
    public static int BytesFor(int capacity) => HeaderBytes + (capacity * sizeof(Mbuf));

    /// <summary>Puts an mbuf in; the reader sees it after <see cref="Publish"/>. For the writer.</summary>
    /// <returns>False when the ring is full.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPush(Mbuf mbuf)
    {
        var next = _header->Next;
        if (next - _header->KnownTaken > _mask)
        {
            _header->KnownTaken = Taken;
            if (next - _header->KnownTaken > _mask)
            {
                return false;
            }
        }

        Slots[next & _mask] = mbuf;
        _header->Next = next + 1;
        return true;
    }

    /// <summary>Lets the reader see what was pushed. For the writer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish()
    {
        if (_header->Next != _header->Put)
        {
            Volatile.Write(ref _header->Put, _header->Next);
        }
    }

    /// <summary>Puts in as many mbufs as there is room for, from the first on. For the writer.</summary>
    /// <returns>Their number.</returns>
    public int PutBurst(Mbuf* mbufs, int count)
    {
        var put = 0;
        while (put < count && TryPush(mbufs[put]))
        {
            put++;
        }

        Publish();
        return put;
    }

    /// <summary>Takes up to so many mbufs out. For the reader.</summary>
    /// <returns>Their number.</returns>
    public int TakeBurst(Mbuf* mbufs, int count)
    {
        var waiting = Look(count);
        var taken = _header->Taken;
        for (var i = 0; i < waiting; i++)
        {
            mbufs[i] = Slots[(taken + (uint)i) & _mask];
        }

        if (waiting > 0)
        {
            Volatile.Write(ref _header->Taken, taken + (uint)waiting);
        }

        return waiting;
    }

    /// <summary>Shows what waits, without taking it. For the reader.</summary>
    /// <param name="count">Most mbufs to show.</param>
    /// <param name="first">The first of them; the others lie behind it.</param>
    /// <returns>Their number, which may be less than wait.</returns>
    public int Peek(int count, out Mbuf* first)
    {
        var at = _header->Taken & _mask;
        first = Slots + at;
        return (int)Math.Min((ulong)Look(count), _mask + 1 - at);
    }

    /// <summary>Takes out what was shown. For the reader.</summary>
    public void Drop(int count) => Volatile.Write(ref _header->Taken, _header->Taken + (uint)count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Look(int count)
    {
        var waiting = _header->KnownPut - _header->Taken;
        if (waiting < (uint)count)
        {
            _header->KnownPut = Put;
            waiting = _header->KnownPut - _header->Taken;
        }

        return (int)Math.Min(waiting, (uint)count);
    }

    /// <summary>Two cache lines of the writer, two of the reader; the first of each is read by the other.</summary>
    [StructLayout(LayoutKind.Explicit, Size = HeaderBytes)]
    private struct Header
    {
        [FieldOffset(0)]
        public ulong Put;

        [FieldOffset(64)]
        public ulong Next;

        [FieldOffset(72)]
        public ulong KnownTaken;

        [FieldOffset(128)]
        public ulong Taken;

        [FieldOffset(192)]
        public ulong KnownPut;
    }
}
