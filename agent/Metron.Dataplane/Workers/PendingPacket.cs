using System.Runtime.InteropServices;
using Metron.Dataplane.Flows;

namespace Metron.Dataplane.Workers;

/// <summary>What the steps of the fast path hand on about one packet of a burst. One cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct PendingPacket
{
    /// <summary>Key, when <see cref="Path"/> is <see cref="PacketPath.Ipv4Flow"/>.</summary>
    [FieldOffset(0)]
    public FlowKey<Ipv4Addresses> Key4;

    /// <summary>Key, when <see cref="Path"/> is <see cref="PacketPath.Ipv6Flow"/>.</summary>
    [FieldOffset(0)]
    public FlowKey<Ipv6Addresses> Key6;

    [FieldOffset(40)]
    public ulong Hash;

    [FieldOffset(56)]
    private ulong _tail;

    /// <summary>The frame.</summary>
    [FieldOffset(48)]
    public byte* Frame;

    /// <summary>
    /// Entry that the flow's is likely to be, plus 1; 0 for none. Before the second step, and for packets on the slow path: the ingress slot, 0
    /// for none.
    /// </summary>
    [FieldOffset(56)]
    public uint Candidate;

    /// <summary>Length of the frame, tag included.</summary>
    [FieldOffset(60)]
    public ushort Length;

    /// <summary>Where the IP header begins.</summary>
    [FieldOffset(62)]
    public byte NetworkOffset;

    [FieldOffset(63)]
    public PacketPath Path;

    /// <summary>The ingress slot, at any step; 0 for none.</summary>
    public readonly ushort Slot => Path switch
    {
        PacketPath.Ipv4Flow => Key4.Slot,
        PacketPath.Ipv6Flow => Key6.Slot,
        _ => (ushort)Candidate,
    };

    /// <summary>Sets the length, and all else of the last eight bytes to nothing: slow path, no slot.</summary>
    public void Start(ushort length) => _tail = (ulong)length << 32;
}

/// <summary>How a packet is handled.</summary>
internal enum PacketPath : byte
{
    /// <summary>By walking the functions: it is not plain, or has no tag of ours.</summary>
    Slow,

    /// <summary>By its flow entry, if it has one.</summary>
    Ipv4Flow,

    /// <summary>By its flow entry, if it has one.</summary>
    Ipv6Flow,

    /// <summary>Not here: its flow group is another worker's.</summary>
    Foreign,
}
