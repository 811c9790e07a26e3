using Metron.Synthesis;

namespace Metron.Offload.Tests;

/// <summary>A packet as a switch sees it.</summary>
internal sealed record TestPacket(uint InPort, HeaderPoint Headers)
{
    public ushort? Vlan { get; init; }

    /// <summary>Whether the VLAN header is a service tag (Ethernet type 0x88a8).</summary>
    public bool IsServiceVlan { get; init; }

    /// <summary>Label in front of the packet, whose Ethernet type then says so.</summary>
    public uint? Label { get; init; }

    public ulong EthernetSource { get; init; } = 0x0200_0000_0001;

    public ulong EthernetDestination { get; init; } = 0x0200_0000_0002;

    /// <summary>Overrides the Ethernet type that the headers say.</summary>
    public ushort? OtherEthernetType { get; init; }

    public ushort EthernetType => OtherEthernetType ?? (Headers.IsV6 ? (ushort)0x86dd : (ushort)0x0800);

    /// <summary>The headers as a parser would fill them: what a packet of this kind has not is 0.</summary>
    public static HeaderPoint Normalize(HeaderPoint point)
    {
        var hasPorts = !point.IsFragment && point.Protocol is 6 or 17 or 132;
        var hasType = !point.IsFragment && point.Protocol == (point.IsV6 ? 58 : 1);
        return point with
        {
            SourcePort = hasPorts && !point.IsFragment ? point.SourcePort : (ushort)0,
            DestinationPort = hasPorts && !point.IsFragment ? point.DestinationPort : (ushort)0,
            IcmpType = hasType ? point.IcmpType : (byte)0,
            IcmpCode = hasType ? point.IcmpCode : (byte)0,
            TcpFlags = point.Protocol == 6 && !point.IsFragment ? point.TcpFlags : (byte)0,
        };
    }
}
