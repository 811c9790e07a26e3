using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>A firewall rule with every condition as numbers to compare.</summary>
internal readonly struct CompiledRule
{
    private readonly Interval<UInt128> _source;
    private readonly Interval<UInt128> _destination;
    private readonly Interval<ushort> _sourcePort;
    private readonly Interval<ushort> _destinationPort;
    private readonly Interval<byte> _protocol;
    private readonly bool _needsV4;
    private readonly bool _needsV6;
    private readonly bool _needsPorts;
    private readonly sbyte _fromPort;
    private readonly TcpFlags _flagsSet;
    private readonly TcpFlags _flagsClear;
    private readonly short _icmpType;
    private readonly short _icmpCode;

    public CompiledRule(FirewallRule rule)
    {
        var match = rule.Match;
        Allow = rule.Allow;
        _fromPort = (sbyte)(rule.FromPort ?? -1);
        var icmpVersion = match.IcmpType is null ? 0 : match.Protocol?.Value == IpProtocol.IcmpV6 ? 6 : 4;
        _needsV4 = match.IpVersion == 4 || icmpVersion == 4
            || match.Source is { Value.Address.IsV6: false } || match.Destination is { Value.Address.IsV6: false };
        _needsV6 = match.IpVersion == 6 || icmpVersion == 6
            || match.Source is { Value.Address.IsV6: true } || match.Destination is { Value.Address.IsV6: true };
        _source = Prefix(match.Source);
        _destination = Prefix(match.Destination);
        _protocol = match.Protocol is { } protocol ? new(protocol.Value, protocol.Value, protocol.Negated) : new(0, byte.MaxValue, false);
        _sourcePort = Ports(match.SourcePort);
        _destinationPort = Ports(match.DestinationPort);
        _needsPorts = match.SourcePort is not null || match.DestinationPort is not null;
        _flagsSet = match.TcpFlagsSet;
        _flagsClear = match.TcpFlagsClear;
        _icmpType = match.IcmpType is { } type ? type : (short)-1;
        _icmpCode = match.IcmpCode is { } code ? code : (short)-1;
    }

    /// <summary>What the rule says.</summary>
    public bool Allow { get; }

    /// <summary>Whether the rule looks at something that differs between packets of one flow: TCP flags.</summary>
    public bool LooksBeyondFlow => (_flagsSet | _flagsClear) != TcpFlags.None;

    /// <summary>Whether all conditions hold that are the same for every packet of a flow.</summary>
    public bool MatchesFlow(in PacketHeaders headers, int port) =>
        (_fromPort < 0 || _fromPort == port)
        && (headers.IsV6 ? !_needsV4 : !_needsV6)
        && _protocol.Holds(headers.Protocol)
        && (!_needsPorts || HasPorts(headers.Protocol))
        && _destinationPort.Holds(headers.DestinationPort)
        && _sourcePort.Holds(headers.SourcePort)
        && _source.Holds(headers.Source.Value)
        && _destination.Holds(headers.Destination.Value)
        && (!LooksBeyondFlow || headers.Protocol == IpProtocol.Tcp)
        && (_icmpType < 0 || (_icmpType == headers.IcmpType && headers.Protocol is (IpProtocol.Icmp or IpProtocol.IcmpV6)))
        && (_icmpCode < 0 || _icmpCode == headers.IcmpCode);

    /// <summary>Whether the other conditions hold: TCP flags.</summary>
    public bool MatchesBeyondFlow(in PacketHeaders headers) =>
        (headers.TcpFlags & _flagsSet) == _flagsSet && (headers.TcpFlags & _flagsClear) == TcpFlags.None;

    /// <summary>
    /// Whether the rule, which looks beyond the flow, may decide otherwise for a later packet of the same flow, of those that no function
    /// is asked about: packets without SYN, FIN and RST.
    /// </summary>
    public bool MayChangeItsMind(in PacketHeaders headers)
    {
        const TcpFlags shown = Runtime.State.TcpTransitions.Shown;
        var neverUnasked = (_flagsSet & shown) != TcpFlags.None;
        var alwaysUnasked = !neverUnasked && ((_flagsSet | _flagsClear) & ~shown) == TcpFlags.None;
        return (headers.TcpFlags & shown) != TcpFlags.None || !(neverUnasked || alwaysUnasked);
    }

    private static bool HasPorts(byte protocol) => protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;

    private static Interval<UInt128> Prefix(Condition<IpPrefix>? condition) =>
        condition is { } prefix ? new(prefix.Value.First, prefix.Value.Last, prefix.Negated) : new(0, UInt128.MaxValue, false);

    private static Interval<ushort> Ports(Condition<PortRange>? condition) =>
        condition is { } range ? new(range.Value.First, range.Value.Last, range.Negated) : new(0, ushort.MaxValue, false);

    private readonly record struct Interval<T>(T First, T Last, bool Negated)
        where T : IComparable<T>
    {
        public bool Holds(T value) => (value.CompareTo(First) >= 0 && value.CompareTo(Last) <= 0) != Negated;
    }
}
