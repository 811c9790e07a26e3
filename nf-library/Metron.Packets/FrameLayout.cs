namespace Metron.Packets;

/// <summary>Where the headers of a parsed frame lie, in bytes from its start. 0 says that there is none.</summary>
public struct FrameLayout
{
    /// <summary>Start of the IP header: 14, or 18 behind a dispatch tag.</summary>
    public ushort NetworkOffset;

    /// <summary>Start of the TCP, UDP or ICMP header, or of any other payload; 0 in fragments that do not begin with it.</summary>
    public ushort TransportOffset;

    /// <summary>Where the TCP, UDP or ICMP checksum stands; 0 when the frame has none. First fragments have one.</summary>
    public ushort ChecksumOffset;

    /// <summary>Start of the IP header that an ICMP error embeds.</summary>
    public ushort EmbeddedNetworkOffset;

    /// <summary>Start of the transport header that an ICMP error embeds; 0 when a later fragment is embedded.</summary>
    public ushort EmbeddedTransportOffset;

    /// <summary>Where the checksum of the embedded transport header stands; 0 when it was not quoted in full.</summary>
    public ushort EmbeddedChecksumOffset;

    /// <summary>Whether the IP header is of its plain size: no IPv4 options, no IPv6 extension headers.</summary>
    public bool IsPlain;
}
