using System.Runtime.InteropServices;
using Metron.Dpdk;

namespace Metron.Dataplane.Tests;

/// <summary>
/// The two ends of a port in memory. Keeps account of every mbuf: made by <see cref="Inject"/>, received once, then sent or freed exactly once.
/// </summary>
/// <param name="sharing">A wire of the same worker, to which it may send what this one received; null for none.</param>
public sealed unsafe class MemoryWire(MemoryWire? sharing = null) : IDisposable
{
    private const int StructBytes = 128;
    private const int Headroom = 128;
    private const int BufferBytes = Headroom + 2048;

    private readonly Queue<nint> _waiting = new();
    private readonly HashSet<nint> _held = sharing?._held ?? [];
    private readonly List<nint> _all = [];

    /// <summary>Frames that the worker sent, in order.</summary>
    public List<byte[]> Sent { get; } = [];

    /// <summary>Mbufs that the worker freed.</summary>
    public int Freed { get; private set; }

    /// <summary>Mbufs that the worker holds now.</summary>
    public int Held => _held.Count;

    /// <summary>Mbufs that the worker ever received.</summary>
    public ulong Taken { get; private set; }

    /// <summary>Mbufs that the worker ever sent.</summary>
    public ulong Transmitted { get; private set; }

    /// <summary>Most mbufs that the next sends take, each; all when none is given.</summary>
    public Queue<int> SendLimits { get; } = new();

    /// <summary>Makes an mbuf with a frame that is the worker's already, as a probe is.</summary>
    public Mbuf Make(ReadOnlySpan<byte> frame)
    {
        Inject(frame);
        var mbuf = _waiting.Dequeue();
        _held.Add(mbuf);
        return new Mbuf(mbuf);
    }

    /// <summary>Makes an mbuf with a frame and lets it wait to be received.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="firstSegment">Bytes of it in the first segment; the others are only counted.</param>
    public void Inject(ReadOnlySpan<byte> frame, int? firstSegment = null)
    {
        var memory = (byte*)NativeMemory.AllocZeroed(StructBytes + BufferBytes);
        _all.Add((nint)memory);
        // struct rte_mbuf begins with buf_addr.
        *(byte**)memory = memory + StructBytes;
        var length = firstSegment ?? frame.Length;
        var mbuf = new Mbuf((nint)memory) { BufferLength = BufferBytes, DataOffset = Headroom, DataLength = (ushort)length, PacketLength = (uint)frame.Length };
        frame[..length].CopyTo(mbuf.Bytes);
        _waiting.Enqueue((nint)memory);
    }

    public int Receive(Mbuf* burst, int count)
    {
        var received = 0;
        while (received < count && _waiting.TryDequeue(out var mbuf))
        {
            Assert.True(_held.Add(mbuf));
            burst[received++] = new Mbuf(mbuf);
        }

        Taken += (uint)received;
        return received;
    }

    public int Send(Mbuf* burst, int count)
    {
        var taken = SendLimits.TryDequeue(out var limit) ? Math.Min(limit, count) : count;
        for (var i = 0; i < taken; i++)
        {
            Assert.True(_held.Remove(burst[i].Address), "sent an mbuf that was not held");
            Sent.Add(burst[i].Bytes.ToArray());
        }

        Transmitted += (uint)taken;
        return taken;
    }

    /// <summary>Copies that can still be made.</summary>
    public int CopiesLeft { get; set; } = int.MaxValue;

    public bool TryCopy(Mbuf source, out Mbuf copy)
    {
        copy = default;
        if (CopiesLeft-- <= 0)
        {
            return false;
        }

        var memory = (byte*)NativeMemory.AllocZeroed(StructBytes + BufferBytes);
        _all.Add((nint)memory);
        *(byte**)memory = memory + StructBytes;
        copy = new Mbuf((nint)memory) { DataOffset = Headroom, DataLength = source.DataLength, PacketLength = source.PacketLength };
        source.Bytes.CopyTo(copy.Bytes);
        return _held.Add((nint)memory);
    }

    public void Free(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(_held.Remove(burst[i].Address), "freed an mbuf that was not held");
            Freed++;
        }
    }

    /// <summary>Takes the frames sent so far.</summary>
    public List<byte[]> TakeSent()
    {
        var sent = Sent.ToList();
        Sent.Clear();
        return sent;
    }

    public void Dispose()
    {
        foreach (var mbuf in _all)
        {
            NativeMemory.Free((void*)mbuf);
        }

        _all.Clear();
    }
}

/// <summary>A port over a <see cref="MemoryWire"/>.</summary>
public readonly unsafe struct MemoryPort(MemoryWire wire) : IPacketPort
{
    public ulong Taken => wire.Taken;

    public ulong Transmitted => wire.Transmitted;

    public void Attach()
    {
    }

    public void Detach()
    {
    }

    public int Receive(Mbuf* burst, int count) => wire.Receive(burst, count);

    public int Send(Mbuf* burst, int count) => wire.Send(burst, count);

    public bool TryCopy(Mbuf source, out Mbuf copy) => wire.TryCopy(source, out copy);

    public void Free(Mbuf* burst, int count) => wire.Free(burst, count);
}
