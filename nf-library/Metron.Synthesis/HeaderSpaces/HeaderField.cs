namespace Metron.Synthesis;

/// <summary>The header fields that switches and functions look at, as numbers: sets of their values are ranges and masks.</summary>
public enum HeaderField
{
    /// <summary>Source address: 32 bits, or 128.</summary>
    Source,

    /// <summary>Destination address: 32 bits, or 128.</summary>
    Destination,

    /// <summary>IP protocol, 8 bits; for IPv6 the header behind any extension headers.</summary>
    Protocol,

    /// <summary>Source port of TCP, UDP and SCTP, 16 bits; 0 for anything else and for fragments.</summary>
    SourcePort,

    /// <summary>Destination port of TCP, UDP and SCTP, 16 bits; 0 for anything else and for fragments.</summary>
    DestinationPort,

    /// <summary>ICMP or ICMPv6 type, 8 bits; 0 for anything else and for fragments.</summary>
    IcmpType,

    /// <summary>ICMP or ICMPv6 code, 8 bits; 0 for anything else and for fragments.</summary>
    IcmpCode,

    /// <summary>Whether the packet is a fragment: 0 or 1.</summary>
    Fragment,

    /// <summary>The lower eight TCP flags; 0 for anything else and for fragments.</summary>
    TcpFlags,

    /// <summary>Differentiated services code point, 6 bits.</summary>
    Dscp,

    /// <summary>Outermost 802.1Q header: 0 for none, else 0x1000 and the VLAN id; 13 bits, as OpenFlow writes it.</summary>
    Vlan,

    /// <summary>Source MAC address, 48 bits, first octet on the wire highest.</summary>
    SourceMac,

    /// <summary>Destination MAC address, 48 bits, first octet on the wire highest.</summary>
    DestinationMac,

    /// <summary>Ethernet type, 16 bits; of IPv4 and IPv6 packets always the one that says so.</summary>
    EtherType,

    /// <summary>Port of the switch that the packet came in by, 32 bits.</summary>
    IngressPort,

    /// <summary>Label of the outermost MPLS header, 20 bits; of frames of Ethernet type 0x8847 alone.</summary>
    MplsLabel,
}

/// <summary>What follows the Ethernet header.</summary>
public enum HeaderKind
{
    Ipv4,
    Ipv6,

    /// <summary>Neither IPv4 nor IPv6: nothing but the Ethernet header is looked at.</summary>
    Other,
}

/// <summary>Widths of header fields.</summary>
public static class HeaderFields
{
    /// <summary>Number of fields in <see cref="HeaderField"/>.</summary>
    public const int Count = 16;

    /// <summary>Ethernet type of IPv4.</summary>
    public const ushort Ipv4EtherType = 0x0800;

    /// <summary>Ethernet type of IPv6.</summary>
    public const ushort Ipv6EtherType = 0x86dd;

    /// <summary>Bits of a field in packets of an IP version.</summary>
    public static int Width(HeaderField field, bool isV6) => field switch
    {
        HeaderField.Source or HeaderField.Destination => isV6 ? 128 : 32,
        HeaderField.SourcePort or HeaderField.DestinationPort or HeaderField.EtherType => 16,
        HeaderField.Fragment => 1,
        HeaderField.Dscp => 6,
        HeaderField.Vlan => 13,
        HeaderField.SourceMac or HeaderField.DestinationMac => 48,
        HeaderField.IngressPort => 32,
        HeaderField.MplsLabel => 20,
        _ => 8,
    };

    /// <summary>All values of a field in packets of an IP version.</summary>
    public static Interval All(HeaderField field, bool isV6) => All(field, isV6 ? HeaderKind.Ipv6 : HeaderKind.Ipv4);

    /// <summary>All values of a field in packets of a kind.</summary>
    public static Interval All(HeaderField field, HeaderKind kind) => (field, kind) switch
    {
        (HeaderField.EtherType, HeaderKind.Ipv4) => Interval.Of(Ipv4EtherType),
        (HeaderField.EtherType, HeaderKind.Ipv6) => Interval.Of(Ipv6EtherType),
        (HeaderField.MplsLabel, not HeaderKind.Other) => Interval.Of(0),
        _ => Interval.OfWidth(Width(field, kind == HeaderKind.Ipv6)),
    };
}
