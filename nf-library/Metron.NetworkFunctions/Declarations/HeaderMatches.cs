using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Declarations;

/// <summary>Turns matches of the configuration into matches on numbers.</summary>
public static class HeaderMatches
{
    /// <summary>The same packets, as synthesis describes them. An address or an ICMP type says the IP version, TCP flags the protocol.</summary>
    public static HeaderMatch ToHeaderMatch(this PacketMatch match) => new()
    {
        IpVersion = match.IpVersion ?? ImpliedVersion(match),
        Source = Condition(match.Source),
        Destination = Condition(match.Destination),
        Protocol = Protocol(match),
        SourcePort = Condition(match.SourcePort),
        DestinationPort = Condition(match.DestinationPort),
        TcpFlags = new FlagSet((byte)match.TcpFlagsSet, (byte)(match.TcpFlagsSet | match.TcpFlagsClear)),
        IcmpType = match.IcmpType,
        IcmpCode = match.IcmpCode,
    };

    /// <summary>Packets whose source or destination is one of these addresses.</summary>
    internal static FieldCondition Condition(AddressSpan addresses) => new(addresses.First.Value, addresses.Last.Value);

    /// <summary>A condition on TCP flags is for TCP alone; together with a protocol that TCP is not, nothing matches.</summary>
    private static FieldCondition? Protocol(PacketMatch match)
    {
        FieldCondition? given = match.Protocol is { } protocol ? new FieldCondition(protocol.Value, protocol.Value, protocol.Negated) : null;
        return (match.TcpFlagsSet | match.TcpFlagsClear) == TcpFlags.None ? given
            : given?.Matches(IpProtocol.Tcp) != false ? FieldCondition.Of((UInt128)IpProtocol.Tcp)
            : new FieldCondition(0, byte.MaxValue, Negated: true);
    }

    private static int? ImpliedVersion(PacketMatch match) =>
        match.Source is { } source ? Version(source.Value.Address)
        : match.Destination is { } destination ? Version(destination.Value.Address)
        : match is { IcmpType: not null, Protocol: { Negated: false } protocol } ? (protocol.Value == IpProtocol.IcmpV6 ? 6 : 4)
        : null;

    private static int Version(IpAddress address) => address.IsV6 ? 6 : 4;

    private static FieldCondition? Condition(Condition<IpPrefix>? prefix) =>
        prefix is { } given ? new FieldCondition(given.Value.First, given.Value.Last, given.Negated) : null;

    private static FieldCondition? Condition(Condition<PortRange>? ports) =>
        ports is { } given ? new FieldCondition(given.Value.First, given.Value.Last, given.Negated) : null;
}

/// <summary>Addresses of one IP version, first to last.</summary>
internal readonly record struct AddressSpan(IpAddress First, IpAddress Last)
{
    public AddressSpan(IpPrefix prefix)
        : this(prefix.Address, new IpAddress(prefix.Last, prefix.Address.IsV6))
    {
    }

    public int IpVersion => First.IsV6 ? 6 : 4;

    public Interval Values => new(First.Value, Last.Value);
}
