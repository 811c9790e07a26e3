using Metron.Packets;

namespace Metron.Reference.Frames;

/// <summary>The fields of one IP packet that functions look at or change, and where they stand.</summary>
internal sealed class IpFields
{
    public IpAddress Source { get; set; }

    public IpAddress Destination { get; set; }

    /// <summary>Protocol behind any IPv6 extension headers.</summary>
    public byte Protocol { get; set; }

    public byte TimeToLive { get; set; }

    /// <summary>TCP, UDP or SCTP port, or identifier of an ICMP query or reply; 0 for anything else, and for fragments.</summary>
    public ushort SourcePort { get; set; }

    /// <summary>As <see cref="SourcePort"/>.</summary>
    public ushort DestinationPort { get; set; }

    public TcpFlags TcpFlags { get; set; }

    public byte IcmpType { get; set; }

    public byte IcmpCode { get; set; }

    public IcmpKind IcmpKind { get; set; }

    public bool IsFragment { get; set; }

    /// <summary>Start of the IP header in the frame.</summary>
    public int Network { get; init; }

    /// <summary>Start of the transport header; -1 when the packet has none: it is a later fragment.</summary>
    public int Transport { get; set; } = -1;

    /// <summary>First byte behind the packet, or behind what is quoted of it.</summary>
    public int End { get; set; }

    public bool IsV6 => Source.IsV6;

    public bool IsTcp => Protocol == IpProtocol.Tcp;

    public bool HasPorts => Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;

    public IpFields Copy() => (IpFields)MemberwiseClone();
}
