using System.Runtime.InteropServices;
using Metron.Dpdk;

namespace Metron.Dataplane.Stepping;

/// <summary>One packet at a time between the caller and a worker, in one mbuf that is used again and again. No DPDK library is loaded.</summary>
internal sealed unsafe class MemoryWire : IDisposable
{
    /// <summary>Longest frame.</summary>
    public const int MaximumFrame = ushort.MaxValue;

    private const int StructBytes = 128;
    private const int Headroom = 128;

    private readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(StructBytes + Headroom + MaximumFrame + 1);
    private readonly HashSet<nint> _copies = [];
    private bool _isWaiting;

    /// <summary>Packets received.</summary>
    public ulong Taken { get; private set; }

    /// <summary>Packets sent.</summary>
    public ulong Transmitted { get; private set; }

    /// <summary>What the worker sent; null for nothing.</summary>
    public byte[]? Sent { get; set; }

    /// <summary>Copies that the worker sent besides.</summary>
    public List<byte[]> Copies { get; } = [];

    private Mbuf Mbuf => new((nint)_memory);

    /// <summary>Lets a frame wait to be received.</summary>
    public void Inject(ReadOnlySpan<byte> frame)
    {
        *(byte**)_memory = _memory + StructBytes; // struct rte_mbuf begins with buf_addr
        var mbuf = Mbuf;
        mbuf.BufferLength = ushort.MaxValue;
        mbuf.DataOffset = Headroom;
        mbuf.DataLength = (ushort)frame.Length;
        mbuf.PacketLength = (uint)frame.Length;
        frame.CopyTo(mbuf.Bytes);
        // Bytes behind a short frame may be read, never judged; they are the same in every run.
        new Span<byte>(mbuf.Data + frame.Length, Math.Min(64, MaximumFrame - frame.Length)).Clear();
        _isWaiting = true;
        Sent = null;
    }

    public int Receive(Mbuf* burst)
    {
        if (!_isWaiting)
        {
            return 0;
        }

        _isWaiting = false;
        Taken++;
        burst[0] = Mbuf;
        return 1;
    }

    /// <summary>Takes a sent mbuf's frame: one that was injected, here or at a closed program's interface, or a copy.</summary>
    public void Take(Mbuf mbuf)
    {
        Transmitted++;
        if (_copies.Remove(mbuf.Address))
        {
            Copies.Add(mbuf.Bytes.ToArray());
            NativeMemory.Free((void*)mbuf.Address);
        }
        else
        {
            Sent = mbuf.Bytes.ToArray();
        }
    }

    /// <summary>Copies a frame into memory of its own, which <see cref="Take"/> frees.</summary>
    public Mbuf Copy(Mbuf source)
    {
        var memory = (byte*)NativeMemory.AllocZeroed((nuint)(StructBytes + Headroom + source.DataLength + 64));
        *(byte**)memory = memory + StructBytes;
        var copy = new Mbuf((nint)memory) { DataOffset = Headroom, DataLength = source.DataLength, PacketLength = source.PacketLength };
        source.Bytes.CopyTo(copy.Bytes);
        _copies.Add(copy.Address);
        return copy;
    }

    public void Dispose() => NativeMemory.Free(_memory);
}

/// <summary>A port over a <see cref="MemoryWire"/>.</summary>
internal readonly unsafe struct MemoryPort(MemoryWire wire) : IPacketPort
{
    public ulong Taken => wire.Taken;

    public ulong Transmitted => wire.Transmitted;

    public void Attach()
    {
    }

    public void Detach()
    {
    }

    public int Receive(Mbuf* burst, int count) => wire.Receive(burst);

    public int Send(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            wire.Take(burst[i]);
        }

        return count;
    }

    public bool TryCopy(Mbuf source, out Mbuf copy)
    {
        copy = wire.Copy(source);
        return true;
    }

    public void Free(Mbuf* burst, int count)
    {
    }
}
