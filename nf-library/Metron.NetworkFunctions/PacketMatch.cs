using Metron.Packets;

namespace Metron.NetworkFunctions;

/// <summary>Which packets a rule or an endpoint speaks of: the conjunction of its conditions; null means no condition.</summary>
public sealed record PacketMatch
{
    /// <summary>Matches everything.</summary>
    public static PacketMatch Any { get; } = new();

    /// <summary>IP version: 4 or 6.</summary>
    public int? IpVersion { get; init; }

    /// <summary>Source prefix.</summary>
    public Condition<IpPrefix>? Source { get; init; }

    /// <summary>Destination prefix.</summary>
    public Condition<IpPrefix>? Destination { get; init; }

    /// <summary>IP protocol number.</summary>
    public Condition<byte>? Protocol { get; init; }

    /// <summary>Source port (TCP, UDP, SCTP).</summary>
    public Condition<PortRange>? SourcePort { get; init; }

    /// <summary>Destination port (TCP, UDP, SCTP).</summary>
    public Condition<PortRange>? DestinationPort { get; init; }

    /// <summary>TCP flags that must be set.</summary>
    public TcpFlags TcpFlagsSet { get; init; }

    /// <summary>TCP flags that must be clear.</summary>
    public TcpFlags TcpFlagsClear { get; init; }

    /// <summary>ICMP type.</summary>
    public byte? IcmpType { get; init; }

    /// <summary>ICMP code.</summary>
    public byte? IcmpCode { get; init; }
}

/// <summary>A value that a field must have, or must not have.</summary>
/// <param name="Value">The value.</param>
/// <param name="Negated">True when the field must not have it. A negated prefix still demands its IP version.</param>
public readonly record struct Condition<T>(T Value, bool Negated = false);

/// <summary>An inclusive range of TCP or UDP ports.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    /// <summary>Whether the port lies in the range.</summary>
    public bool Contains(ushort port) => port >= First && port <= Last;
}
