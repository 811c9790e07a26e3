namespace Metron.Kernel.Sockets;

/// <summary>A frame in a receive ring. It is there until the next call of <see cref="PacketRing.TryTake"/>.</summary>
public readonly ref struct RingFrame
{
    /// <summary>The frame without FCS and, if the kernel took one off, without its outer VLAN header.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Bytes that the frame had; more than <see cref="Bytes"/> when it did not fit a block of the ring.</summary>
    public int Length { get; init; }

    /// <summary>Whether the kernel took a VLAN header off.</summary>
    public bool HasVlan { get; init; }

    /// <summary>EtherType of that header: 0x8100 or 0x88a8.</summary>
    public ushort VlanType { get; init; }

    /// <summary>Tag control information of that header.</summary>
    public ushort VlanTag { get; init; }
}
