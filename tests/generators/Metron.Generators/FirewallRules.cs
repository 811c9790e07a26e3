namespace Metron.Generators;

/// <summary>A range of ports.</summary>
public readonly record struct PortSpan(ushort First, ushort Last);

/// <summary>A rule of a firewall; null where it does not care.</summary>
/// <param name="Source">Source prefix; of the same IP version as the destination.</param>
/// <param name="Destination">Destination prefix.</param>
/// <param name="Protocol">IP protocol: 1 (ICMP; 58 with IPv6), 6 (TCP) or 17 (UDP).</param>
/// <param name="SourcePorts">Source ports; only of TCP and UDP.</param>
/// <param name="DestinationPorts">Destination ports; only of TCP and UDP.</param>
/// <param name="Allow">Allow or deny.</param>
public sealed record GeneratedRule(
    Prefix? Source, Prefix? Destination, byte? Protocol, PortSpan? SourcePorts, PortSpan? DestinationPorts, bool Allow);

/// <summary>Rule lists in the manner of ClassBench's access lists.</summary>
public static class FirewallRules
{
    private static readonly ushort[] KnownPorts = [20, 21, 22, 23, 25, 53, 80, 110, 123, 139, 143, 161, 389, 443, 445, 514, 636, 993, 1433, 1521, 3306, 3389, 5060, 5432, 8080, 8443];

    /// <summary>A list of different rules.</summary>
    /// <param name="count">How many rules.</param>
    /// <param name="seed">Which list.</param>
    /// <param name="percentV6">How many of a hundred rules are for IPv6.</param>
    public static IReadOnlyList<GeneratedRule> Generate(int count, ulong seed, int percentV6 = 20)
    {
        var random = new SplitMix64(seed);
        var networks = new[] { Networks(random, count, false), Networks(random, count, true) };
        var rules = new List<GeneratedRule>(count);
        var seen = new HashSet<GeneratedRule>();
        while (rules.Count < count)
        {
            var isV6 = random.Percent(percentV6);

            // A third of the rules makes an exception from a general one, and stands in front of it unless somebody got that wrong.
            if (rules.Count > 10 && random.Percent(33))
            {
                var at = random.Next(rules.Count);
                var exception = Exception(rules[at], random);
                if (seen.Add(exception with { Allow = false }))
                {
                    rules.Insert(random.Percent(97) ? at : rules.Count, exception);
                }

                continue;
            }

            var rule = Rule(networks[isV6 ? 1 : 0], isV6, random);
            if (seen.Add(rule with { Allow = false }))
            {
                rules.Add(rule);
            }
        }

        return rules;
    }

    private static List<Prefix> Networks(SplitMix64 random, int rules, bool isV6)
    {
        var count = 4 + (rules / 16);
        return [.. Enumerable.Range(0, count).Select(_ => isV6
            ? Prefix.Of(true, (UInt128)0x2001 << 112 | random.NextAddress() >> 16, random.Pick((2, 32), (5, 48), (3, 56)))
            : Prefix.Of(false, (UInt128)(uint)random.Next(), random.Pick((1, 8), (2, 12), (6, 16), (5, 20), (4, 22))))];
    }

    private static GeneratedRule Rule(List<Prefix> networks, bool isV6, SplitMix64 random)
    {
        var source = random.Percent(22) ? (Prefix?)null : Inside(networks, isV6, random);
        var destination = source is not null && random.Percent(8) ? (Prefix?)null : Inside(networks, isV6, random);
        var number = random.Pick((64, 6), (22, 17), (5, isV6 ? 58 : 1), (9, 0));
        byte? protocol = number == 0 ? null : (byte)number;
        var hasPorts = protocol is 6 or 17;
        return new GeneratedRule(
            source,
            destination,
            protocol,
            hasPorts ? Ports(random, wildcard: 88, high: 6, low: 1, range: 2, exact: 3) : null,
            hasPorts ? Ports(random, wildcard: 22, high: 8, low: 3, range: 12, exact: 55) : null,
            random.Percent(70));
    }

    private static Prefix Inside(List<Prefix> networks, bool isV6, SplitMix64 random)
    {
        var network = networks[random.Next(networks.Count)];
        return network.Narrow(isV6
            ? random.Pick((10, 48), (12, 56), (40, 64), (5, 96), (33, 128))
            : random.Pick((8, 16), (6, 20), (6, 22), (8, 23), (30, 24), (5, 26), (5, 28), (4, 30), (28, 32)), random);
    }

    /// <summary>ClassBench's port classes: wildcard (WC), 1024-65535 (HI), 0-1023 (LO), arbitrary range (AR), exact match (EM).</summary>
    private static PortSpan? Ports(SplitMix64 random, int wildcard, int high, int low, int range, int exact) =>
        random.Pick((wildcard, 'W'), (high, 'H'), (low, 'L'), (range, 'R'), (exact, 'E')) switch
        {
            'H' => new PortSpan(1024, ushort.MaxValue),
            'L' => new PortSpan(0, 1023),
            'R' => Range(random),
            'E' => Exact(random),
            _ => null,
        };

    private static PortSpan Range(SplitMix64 random)
    {
        var first = random.Next(ushort.MaxValue);
        return new PortSpan((ushort)first, (ushort)Math.Min(ushort.MaxValue, first + 1 + random.Next(2000)));
    }

    private static PortSpan Exact(SplitMix64 random)
    {
        var port = random.Percent(80) ? KnownPorts[random.Next(KnownPorts.Length)] : (ushort)random.Next(65536);
        return new PortSpan(port, port);
    }

    private static GeneratedRule Exception(GeneratedRule general, SplitMix64 random)
    {
        var isV6 = (general.Source ?? general.Destination)!.Value.IsV6;
        var (source, destination) = (general.Source, general.Destination);
        if (source is { } from)
        {
            source = from.Narrow(random.Percent(50) ? from.Length : Math.Min(from.Width, from.Length + (isV6 ? 16 : 4)), random);
        }

        if (destination is { } to)
        {
            destination = to.Narrow(random.Percent(30) ? to.Length : to.Width, random);
        }

        byte? protocol = general.Protocol ?? (random.Percent(60) ? (byte)6 : null);
        var ports = protocol is 6 or 17 && general.DestinationPorts is null && random.Percent(60) ? Exact(random) : general.DestinationPorts;
        return new GeneratedRule(source, destination, protocol, general.SourcePorts, ports, general.Allow != random.Percent(75));
    }
}
