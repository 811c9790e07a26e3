namespace Metron.Synthesis;

/// <summary>The header fields that are numbers with an order, so that sets of their values are intervals. TCP flags are bits and stand apart.</summary>
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
}

/// <summary>Widths of header fields.</summary>
public static class HeaderFields
{
    /// <summary>Number of fields in <see cref="HeaderField"/>.</summary>
    public const int Count = 8;

    /// <summary>Bits of a field in packets of an IP version.</summary>
    public static int Width(HeaderField field, bool isV6) => field switch
    {
        HeaderField.Source or HeaderField.Destination => isV6 ? 128 : 32,
        HeaderField.SourcePort or HeaderField.DestinationPort => 16,
        HeaderField.Fragment => 1,
        _ => 8,
    };

    /// <summary>All values of a field in packets of an IP version.</summary>
    public static Interval All(HeaderField field, bool isV6) => Interval.OfWidth(Width(field, isV6));
}
