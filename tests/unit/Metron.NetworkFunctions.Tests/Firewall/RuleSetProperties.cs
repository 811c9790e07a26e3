using CsCheck;
using Metron.NetworkFunctions.Firewall;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.Firewall;

/// <summary>The classifier against the rules read out one after the other, as an operator would.</summary>
public class RuleSetProperties
{
    // Few values, so that rules and packets meet often.
    private static readonly Gen<IpAddress> Address = Gen.Select(Gen.Bool, Gen.UInt[0, 15], Gen.UInt[0, 3], (isV6, low, high) => isV6
        ? IpAddress.V6(((UInt128)0x20010db8 << 96) | ((UInt128)high << 64) | low)
        : IpAddress.V4(0x0a000000 | (high << 16) | low));

    private static readonly Gen<IpPrefix> Prefix = Gen.Select(Address, Gen.Int[0, 128], (address, length) =>
    {
        var bits = Math.Min(length, address.Width);
        var mask = bits == address.Width ? UInt128.Zero : UInt128.MaxValue >> (128 - address.Width + bits);
        return new IpPrefix(new IpAddress(address.Value & ~mask, address.IsV6), bits);
    });

    private static readonly Gen<byte> Protocol = OneOf(IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp, IpProtocol.IcmpV6, IpProtocol.Gre);

    private static readonly Gen<ushort> Port = Gen.UShort[0, 9];

    private static readonly Gen<PortRange> Ports =
        Gen.Select(Port, Port, (left, right) => new PortRange(Math.Min(left, right), Math.Max(left, right)));

    private static readonly Gen<TcpFlags> Flags = Gen.Byte.Select(flags => (TcpFlags)flags);

    private static readonly Gen<PacketMatch> Match = Gen.Select(
        Optional(Gen.Select(Prefix, Gen.Bool, (prefix, negated) => new Condition<IpPrefix>(prefix, negated))),
        Optional(Gen.Select(Prefix, Gen.Bool, (prefix, negated) => new Condition<IpPrefix>(prefix, negated))),
        Optional(OneOf(4, 6)),
        Gen.Int[0, 4],
        Gen.Select(Optional(Conditional(Ports)), Optional(Conditional(Ports))),
        Gen.Select(Flags, Flags, Gen.Byte[0, 3], Optional(Gen.Byte[0, 1])),
        Gen.Select(Protocol, Gen.Bool),
        (source, destination, version, kind, ports, transport, protocol) =>
        {
            var match = new PacketMatch { Source = source, Destination = destination, IpVersion = version };
            return kind switch
            {
                0 => match,
                1 => match with { Protocol = new(protocol.Item1, protocol.Item2) },
                2 => match with
                {
                    Protocol = new(protocol.Item2 ? IpProtocol.Tcp : IpProtocol.Udp),
                    SourcePort = ports.Item1,
                    DestinationPort = ports.Item2,
                },
                3 => match with
                {
                    Protocol = new(IpProtocol.Tcp),
                    DestinationPort = ports.Item1,
                    TcpFlagsSet = transport.Item1 & (TcpFlags)0x12,
                    TcpFlagsClear = transport.Item2 & ~transport.Item1 & (TcpFlags)0x17,
                },
                _ => match with
                {
                    Protocol = new(protocol.Item2 ? IpProtocol.Icmp : IpProtocol.IcmpV6),
                    IcmpType = transport.Item3,
                    IcmpCode = transport.Item4,
                },
            };
        });

    private static readonly Gen<FirewallRule> Rule = Gen.Select(
        Match, Gen.Bool, Optional(Gen.Int[0, 1]), (match, allow, from) => new FirewallRule("", match, allow, from));

    private static readonly Gen<PacketHeaders> Headers = Gen.Select(
        Address,
        Address,
        Protocol,
        Gen.Select(Port, Port),
        Gen.Select(Flags, Gen.Byte[0, 3], Gen.Byte[0, 1]),
        (source, destination, protocol, ports, transport) => new PacketHeaders
        {
            Source = source,
            Destination = destination.IsV6 == source.IsV6 ? destination : source,
            Protocol = protocol,
            SourcePort = protocol is IpProtocol.Tcp or IpProtocol.Udp ? ports.Item1 : (ushort)0,
            DestinationPort = protocol is IpProtocol.Tcp or IpProtocol.Udp ? ports.Item2 : (ushort)0,
            TcpFlags = protocol == IpProtocol.Tcp ? transport.Item1 : TcpFlags.None,
            IcmpType = protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 ? transport.Item2 : (byte)0,
            IcmpCode = protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 ? transport.Item3 : (byte)0,
        });

    [Theory]
    [InlineData(0, 64, RuleSearch.InOrder)]
    [InlineData(0, 64, RuleSearch.Trees)]
    [InlineData(65, 300, RuleSearch.Trees)]
    [InlineData(0, 64, RuleSearch.Tuples)]
    [InlineData(65, 300, RuleSearch.Tuples)]
    [InlineData(0, 100, RuleSearch.BySize)]
    public void The_classifier_finds_the_rule_that_reading_them_in_order_finds(int fewest, int most, object search) =>
        Gen.Select(Rule.Array[fewest, most], Headers.Array[20], Gen.Int[0, 1], Gen.Bool).Sample(
            (rules, packets, port, allowByDefault) =>
            {
                var classifier = new RuleSet(rules, allowByDefault, (RuleSearch)search);
                foreach (var packet in packets)
                {
                    var expected = Array.FindIndex(rules, rule => Matches(rule, packet, port));
                    var found = classifier.Classify(in packet, port);
                    Assert.Equal(expected, found.Rule);
                    Assert.Equal(expected < 0 ? allowByDefault : rules[expected].Allow, found.Allow);
                }
            },
            iter: 300);

    [Theory]
    [InlineData(0, 64, RuleSearch.InOrder)]
    [InlineData(0, 200, RuleSearch.Trees)]
    [InlineData(0, 200, RuleSearch.Tuples)]
    public void A_decision_that_holds_for_the_flow_is_the_same_for_all_flags_without_SYN_FIN_and_RST(int fewest, int most, object search) =>
        Gen.Select(Rule.Array[fewest, most], Headers.Array[10], Gen.Int[0, 1]).Sample(
            (rules, packets, port) =>
            {
                var classifier = new RuleSet(rules, false, (RuleSearch)search);
                foreach (var packet in packets.Where(packet => packet.Protocol == IpProtocol.Tcp))
                {
                    var first = classifier.Classify(in packet, port);
                    for (var flags = 0; first.HoldsForFlow && flags < 256; flags += 8)
                    {
                        var later = packet with { TcpFlags = (TcpFlags)flags };
                        Assert.Equal(first.Allow, classifier.Classify(in later, port).Allow);
                    }
                }
            },
            iter: 200);

    private static bool Matches(FirewallRule rule, PacketHeaders packet, int port)
    {
        var match = rule.Match;
        var hasPorts = packet.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        var version = packet.IsV6 ? 6 : 4;
        return (rule.FromPort is not { } from || from == port)
            && (match.IpVersion is not { } wanted || wanted == version)
            && Matches(match.Source, packet.Source)
            && Matches(match.Destination, packet.Destination)
            && (match.Protocol is not { } protocol || (protocol.Value == packet.Protocol) != protocol.Negated)
            && (match.SourcePort is not { } source || (hasPorts && source.Value.Contains(packet.SourcePort) != source.Negated))
            && (match.DestinationPort is not { } destination
                || (hasPorts && destination.Value.Contains(packet.DestinationPort) != destination.Negated))
            && (packet.TcpFlags & match.TcpFlagsSet) == match.TcpFlagsSet
            && (packet.TcpFlags & match.TcpFlagsClear) == TcpFlags.None
            && (match.IcmpType is not { } type
                || (type == packet.IcmpType && version == (match.Protocol!.Value.Value == IpProtocol.Icmp ? 4 : 6)))
            && (match.IcmpCode is not { } code || code == packet.IcmpCode);
    }

    private static bool Matches(Condition<IpPrefix>? condition, IpAddress address) =>
        condition is not { } prefix
        || (prefix.Value.Address.IsV6 == address.IsV6 && prefix.Value.Contains(address) != prefix.Negated);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<T?> Optional<T>(Gen<T> gen)
        where T : struct => Gen.Select(gen, Gen.Bool, (value, given) => given ? value : (T?)null);

    private static Gen<Condition<T>> Conditional<T>(Gen<T> gen) =>
        Gen.Select(gen, Gen.Bool, (value, negated) => new Condition<T>(value, negated));
}
