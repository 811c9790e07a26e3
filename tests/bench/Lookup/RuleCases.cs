using Metron.Generators;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.Packets;

namespace Metron.Bench.Lookup;

/// <summary>Rules like ClassBench's, and packets that they are asked about.</summary>
internal static class RuleCases
{
    private const ulong Seed = 2026;
    private const int Questions = 1 << 17;

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["rules4-10", "rules4-100", "rules4-1k", "rules4-3k", "rules4-10k", "rules6-10", "rules6-100", "rules6-1k", "rules6-10k"];

    /// <summary>The rules of a case.</summary>
    public static IReadOnlyList<GeneratedRule> Generated(string name) =>
        FirewallRules.Generate(RouteCases.Count(name), Seed, name.StartsWith("rules6", StringComparison.Ordinal) ? 100 : 0);

    /// <summary>The same for a firewall.</summary>
    public static IReadOnlyList<FirewallRule> ForFirewall(IReadOnlyList<GeneratedRule> rules) =>
    [
        .. rules.Select(rule => new FirewallRule(
            "",
            new PacketMatch
            {
                Source = Prefixed(rule.Source),
                Destination = Prefixed(rule.Destination),
                Protocol = rule.Protocol is { } protocol ? new Condition<byte>(protocol) : null,
                SourcePort = Ports(rule.SourcePorts),
                DestinationPort = Ports(rule.DestinationPorts),
            },
            rule.Allow,
            null)),
    ];

    /// <summary>Packets: nine of ten suit a random rule, though one before it may take them; the others are random.</summary>
    public static PacketHeaders[] Packets(IReadOnlyList<GeneratedRule> rules)
    {
        var random = new SplitMix64(Seed + 2);
        var isV6 = rules.Any(rule => (rule.Source ?? rule.Destination)?.IsV6 ?? false);
        var anywhere = new GeneratedRule(null, null, null, null, null, false);
        return
        [
            .. Enumerable.Range(0, Questions).Select(_ =>
            {
                var rule = random.Percent(90) ? rules[random.Next(rules.Count)] : anywhere;
                var protocol = rule.Protocol ?? (random.Percent(70) ? IpProtocol.Tcp : IpProtocol.Udp);
                var hasPorts = protocol is IpProtocol.Tcp or IpProtocol.Udp;
                return new PacketHeaders
                {
                    Source = Inside(rule.Source, isV6, random),
                    Destination = Inside(rule.Destination, isV6, random),
                    Protocol = protocol,
                    SourcePort = hasPorts ? Inside(rule.SourcePorts, random) : (ushort)0,
                    DestinationPort = hasPorts ? Inside(rule.DestinationPorts, random) : (ushort)0,
                };
            }),
        ];
    }

    private static Condition<IpPrefix>? Prefixed(Prefix? prefix) =>
        prefix is { } given ? new Condition<IpPrefix>(new IpPrefix(new IpAddress(given.First, given.IsV6), given.Length)) : null;

    private static Condition<PortRange>? Ports(PortSpan? span) =>
        span is { } ports ? new Condition<PortRange>(new PortRange(ports.First, ports.Last)) : null;

    private static IpAddress Inside(Prefix? prefix, bool isV6, SplitMix64 random) =>
        new((prefix ?? new Prefix(isV6, 0, 0)).Narrow(isV6 ? 128 : 32, random).First, isV6);

    private static ushort Inside(PortSpan? span, SplitMix64 random) =>
        span is { } ports ? (ushort)(ports.First + random.Next(ports.Last - ports.First + 1)) : (ushort)random.Next(65536);
}
