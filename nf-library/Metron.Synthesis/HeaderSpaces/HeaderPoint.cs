namespace Metron.Synthesis;

/// <summary>One value for each header field.</summary>
public readonly record struct HeaderPoint
{
    public bool IsV6 { get; init; }

    public UInt128 Source { get; init; }

    public UInt128 Destination { get; init; }

    public byte Protocol { get; init; }

    public ushort SourcePort { get; init; }

    public ushort DestinationPort { get; init; }

    public byte IcmpType { get; init; }

    public byte IcmpCode { get; init; }

    public bool IsFragment { get; init; }

    public byte TcpFlags { get; init; }

    /// <summary>Differentiated services code point, 6 bits.</summary>
    public byte Dscp { get; init; }

    /// <summary>0 for no 802.1Q header, else 0x1000 and the VLAN id.</summary>
    public ushort Vlan { get; init; }

    /// <summary>Source MAC address, 48 bits.</summary>
    public ulong SourceMac { get; init; }

    /// <summary>Destination MAC address, 48 bits.</summary>
    public ulong DestinationMac { get; init; }

    /// <summary>Port of the switch that the packet came in by.</summary>
    public uint IngressPort { get; init; }

    /// <summary>Ethernet type of a packet that is neither IPv4 nor IPv6; 0 for IP.</summary>
    public ushort OtherEtherType { get; init; }

    /// <summary>Label of the outermost MPLS header, of frames of Ethernet type 0x8847.</summary>
    public uint MplsLabel { get; init; }

    /// <summary>What follows the Ethernet header.</summary>
    public HeaderKind Kind => OtherEtherType != 0 ? HeaderKind.Other : IsV6 ? HeaderKind.Ipv6 : HeaderKind.Ipv4;

    public UInt128 this[HeaderField field] => field switch
    {
        HeaderField.Source => Source,
        HeaderField.Destination => Destination,
        HeaderField.Protocol => Protocol,
        HeaderField.SourcePort => SourcePort,
        HeaderField.DestinationPort => DestinationPort,
        HeaderField.IcmpType => IcmpType,
        HeaderField.IcmpCode => IcmpCode,
        HeaderField.Fragment => IsFragment ? UInt128.One : UInt128.Zero,
        HeaderField.TcpFlags => TcpFlags,
        HeaderField.Dscp => Dscp,
        HeaderField.Vlan => Vlan,
        HeaderField.SourceMac => SourceMac,
        HeaderField.DestinationMac => DestinationMac,
        HeaderField.IngressPort => IngressPort,
        HeaderField.MplsLabel => MplsLabel,
        _ => OtherEtherType != 0 ? OtherEtherType : IsV6 ? HeaderFields.Ipv6EtherType : HeaderFields.Ipv4EtherType,
    };

    /// <summary>The headers of an answer: source and destination swapped.</summary>
    public HeaderPoint Reverse() => this with
    {
        Source = Destination,
        Destination = Source,
        SourcePort = DestinationPort,
        DestinationPort = SourcePort,
        SourceMac = DestinationMac,
        DestinationMac = SourceMac,
    };
}
