using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// A packet buffer of DPDK (rte_mbuf_core.h, struct rte_mbuf), by its address. Whoever holds it frees it once, or hands it to a transmit
/// queue. All fields are in host byte order. Nothing is checked: a frame may be read and written within <see cref="Bytes"/> only.
/// </summary>
public readonly unsafe struct Mbuf : IEquatable<Mbuf>
{
    private readonly byte* _mbuf;

    /// <param name="address">Address of a struct rte_mbuf; 0 for none.</param>
    public Mbuf(nint address) => _mbuf = (byte*)address;

    /// <summary>Address of the struct rte_mbuf; 0 for none.</summary>
    public nint Address => (nint)_mbuf;

    /// <summary>Whether there is none.</summary>
    public bool IsNull => _mbuf == null;

    /// <summary>First byte of the frame in this segment.</summary>
    public byte* Data
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => *(byte**)(_mbuf + Abi23.MbufBufferAddress) + DataOffset;
    }

    /// <summary>The frame's bytes in this segment, without FCS.</summary>
    public Span<byte> Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Data, DataLength);
    }

    /// <summary>Bytes between the start of the buffer and the frame: 128 (the headroom) unless moved.</summary>
    public ushort DataOffset
    {
        get => *(ushort*)(_mbuf + Abi23.MbufDataOffset);
        set => *(ushort*)(_mbuf + Abi23.MbufDataOffset) = value;
    }

    /// <summary>Bytes of the frame in this segment.</summary>
    public ushort DataLength
    {
        get => *(ushort*)(_mbuf + Abi23.MbufDataLength);
        set => *(ushort*)(_mbuf + Abi23.MbufDataLength) = value;
    }

    /// <summary>Bytes of the frame in all segments, without FCS.</summary>
    public uint PacketLength
    {
        get => *(uint*)(_mbuf + Abi23.MbufPacketLength);
        set => *(uint*)(_mbuf + Abi23.MbufPacketLength) = value;
    }

    /// <summary>Bytes of the buffer, headroom included; set by who makes the mbuf.</summary>
    public ushort BufferLength
    {
        get => *(ushort*)(_mbuf + Abi23.MbufBufferLength);
        set => *(ushort*)(_mbuf + Abi23.MbufBufferLength) = value;
    }

    /// <summary>What the NIC found (receive) or shall do (transmit).</summary>
    public MbufFlags Flags
    {
        get => *(MbufFlags*)(_mbuf + Abi23.MbufOffloadFlags);
        set => *(MbufFlags*)(_mbuf + Abi23.MbufOffloadFlags) = value;
    }

    /// <summary>VLAN tag control information; valid with <see cref="MbufFlags.ReceiveVlan"/>, sent with <see cref="MbufFlags.TransmitVlan"/>.</summary>
    public ushort VlanTci
    {
        get => *(ushort*)(_mbuf + Abi23.MbufVlanTci);
        set => *(ushort*)(_mbuf + Abi23.MbufVlanTci) = value;
    }

    /// <summary>RSS hash; valid with <see cref="MbufFlags.ReceiveRssHash"/>.</summary>
    public uint RssHash
    {
        get => *(uint*)(_mbuf + Abi23.MbufRssHash);
        set => *(uint*)(_mbuf + Abi23.MbufRssHash) = value;
    }

    /// <summary>Index of the port that it was received on.</summary>
    public ushort Port
    {
        get => *(ushort*)(_mbuf + Abi23.MbufPort);
        set => *(ushort*)(_mbuf + Abi23.MbufPort) = value;
    }

    /// <summary>Number of segments; 1 unless the frame is larger than a buffer.</summary>
    public ushort SegmentCount => *(ushort*)(_mbuf + Abi23.MbufSegmentCount);

    /// <summary>Next segment of the same frame; null in the last.</summary>
    public Mbuf Next => new(*(nint*)(_mbuf + Abi23.MbufNext));

    /// <summary>Unused bytes in front of the frame.</summary>
    public int Headroom => DataOffset;

    /// <summary>Unused bytes behind the frame, in this segment.</summary>
    public int Tailroom => BufferLength - DataOffset - DataLength;

    /// <summary>Removes bytes at the front of a frame (rte_pktmbuf_adj).</summary>
    /// <param name="count">At most <see cref="DataLength"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RemoveFront(int count)
    {
        DataOffset = (ushort)(DataOffset + count);
        DataLength = (ushort)(DataLength - count);
        PacketLength -= (uint)count;
    }

    /// <summary>Adds bytes in front of a frame, with whatever they hold (rte_pktmbuf_prepend).</summary>
    /// <param name="count">At most <see cref="Headroom"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddFront(int count)
    {
        DataOffset = (ushort)(DataOffset - count);
        DataLength = (ushort)(DataLength + count);
        PacketLength += (uint)count;
    }

    /// <summary>Sets the length of a frame of one segment.</summary>
    /// <param name="length">At most <see cref="BufferLength"/> less <see cref="DataOffset"/>.</param>
    public void SetLength(int length)
    {
        DataLength = (ushort)length;
        PacketLength = (uint)length;
    }

    /// <summary>Asks the CPU to fetch the first cache line of the struct.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch() => Sse.Prefetch0(_mbuf);

    /// <summary>Asks the CPU to fetch the first cache line of the frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchData() => Sse.Prefetch0(Data);

    /// <summary>Copies a frame with all of its segments into mbufs of the same pool (rte_pktmbuf_copy).</summary>
    /// <param name="source">The frame.</param>
    /// <param name="copy">The copy, the caller's.</param>
    /// <returns>False when the pool has no mbuf left.</returns>
    public static bool TryCopy(Mbuf source, out Mbuf copy)
    {
        copy = new Mbuf(MbufNative.Copy(source.Address, *(nint*)(source._mbuf + Abi23.MbufPool), 0, uint.MaxValue));
        return !copy.IsNull;
    }

    /// <summary>
    /// Frees mbufs with all of their segments into the calling thread's cache of their pool, or into the pool when the thread is not
    /// registered (<see cref="EalThread"/>). Null ones are passed over.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Free(ReadOnlySpan<Mbuf> mbufs)
    {
        fixed (Mbuf* first = mbufs)
        {
            MbufNative.FreeBulk((nint*)first, (uint)mbufs.Length);
        }
    }

    /// <summary>Frees this mbuf.</summary>
    public void Free()
    {
        var address = Address;
        MbufNative.FreeBulk(&address, 1);
    }

    /// <summary>As rte_pktmbuf_reset does after an allocation.</summary>
    internal void Reset()
    {
        *(ulong*)(_mbuf + Abi23.MbufTransmitOffload) = 0;
        *(uint*)(_mbuf + Abi23.MbufPacketType) = 0;
        *(ushort*)(_mbuf + Abi23.MbufVlanTciOuter) = 0;
        *(nint*)(_mbuf + Abi23.MbufNext) = 0;
        *(ushort*)(_mbuf + Abi23.MbufSegmentCount) = 1;
        *(ushort*)(_mbuf + Abi23.MbufReferenceCount) = 1;
        Port = Abi23.MbufInvalidPort;
        Flags &= (MbufFlags)Abi23.MbufFlagExternal;
        VlanTci = 0;
        DataOffset = Math.Min((ushort)Abi23.MbufHeadroom, BufferLength);
        SetLength(0);
    }

    /// <inheritdoc/>
    public bool Equals(Mbuf other) => _mbuf == other._mbuf;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Mbuf other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Address.GetHashCode();

    public static bool operator ==(Mbuf left, Mbuf right) => left.Equals(right);

    public static bool operator !=(Mbuf left, Mbuf right) => !left.Equals(right);
}
