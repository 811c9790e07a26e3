namespace Metron.Packets;

/// <summary>
/// The header fields of one packet as numbers in host order: what network functions read and rewrite on the slow path. The
/// dataplane fills it by parsing once, and afterwards writes what changed back to the frame with incremental checksums.
/// </summary>
public struct PacketHeaders
{
    /// <summary>Source MAC.</summary>
    public MacAddress EthernetSource;

    /// <summary>Destination MAC.</summary>
    public MacAddress EthernetDestination;

    /// <summary>Source address.</summary>
    public IpAddress Source;

    /// <summary>Destination address.</summary>
    public IpAddress Destination;

    /// <summary>IP protocol number behind any IPv6 extension headers; 44 for IPv6 fragments but the first, as in Open vSwitch.</summary>
    public byte Protocol;

    /// <summary>TTL or hop limit.</summary>
    public byte TimeToLive;

    /// <summary>TCP flags (<see cref="TcpFlags"/>); 0 for others and fragments but the first.</summary>
    public TcpFlags TcpFlags;

    /// <summary>TCP, UDP or SCTP source port; identifier for an ICMP query (then equal to <see cref="DestinationPort"/>); 0 for others and fragments.</summary>
    public ushort SourcePort;

    /// <summary>TCP, UDP or SCTP destination port; identifier for an ICMP query; 0 for others and fragments.</summary>
    public ushort DestinationPort;

    /// <summary>ICMP or ICMPv6 type; 0 for others.</summary>
    public byte IcmpType;

    /// <summary>ICMP or ICMPv6 code; 0 for others.</summary>
    public byte IcmpCode;

    /// <summary>Whether the packet is a fragment (first, middle or last).</summary>
    public bool IsFragment;

    /// <summary>What the ICMP message is, if it is one.</summary>
    public IcmpKind IcmpKind;

    /// <summary>Length of the Ethernet frame without tag and FCS, in bytes.</summary>
    public ushort FrameLength;

    /// <summary>IP version: whether it is IPv6.</summary>
    public readonly bool IsV6 => Source.IsV6;
}

/// <summary>The kinds of ICMP and ICMPv6 messages that functions treat differently.</summary>
public enum IcmpKind : byte
{
    /// <summary>Not ICMP.</summary>
    None,

    /// <summary>Echo or timestamp request; <see cref="PacketHeaders.SourcePort"/> is the identifier.</summary>
    Query,

    /// <summary>Echo or timestamp reply; <see cref="PacketHeaders.SourcePort"/> is the identifier.</summary>
    Reply,

    /// <summary>An error that carries the start of another packet (RFC 792 types 3, 4, 5, 11, 12; RFC 4443 types 1-4).</summary>
    Error,

    /// <summary>Anything else: neighbour discovery, router advertisement, …</summary>
    Other,
}

/// <summary>TCP flags as in the header's 13th octet (RFC 9293).</summary>
[Flags]
public enum TcpFlags : byte
{
    None = 0,
    Fin = 0x01,
    Syn = 0x02,
    Reset = 0x04,
    Push = 0x08,
    Acknowledgement = 0x10,
    Urgent = 0x20,
    EcnEcho = 0x40,
    CongestionWindowReduced = 0x80,
}

/// <summary>IP protocol numbers that functions know by name (IANA).</summary>
public static class IpProtocol
{
    public const byte Icmp = 1;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Ipv6Fragment = 44;
    public const byte Gre = 47;
    public const byte Esp = 50;
    public const byte Ah = 51;
    public const byte IcmpV6 = 58;
    public const byte Sctp = 132;
}
