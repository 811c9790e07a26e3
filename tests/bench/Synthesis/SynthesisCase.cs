using Metron.Cli.Specs;
using Metron.Generators;
using Metron.Mapping;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Bench.Synthesis;

/// <summary>The chains of the suite.</summary>
internal static class SynthesisCase
{
    public const string EditOneRule = "edit-one-rule";
    private const string Sample = "sample-";
    private const ulong Seed = 2026;
    private static readonly MacAddress OwnMac = MacAddress.Parse("02:00:00:00:01:fe");

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "fw-10", "fw-100", "fw-1k", "fw-10k", "rt-1k", "rt-100k", "rt-1M", .. Enumerable.Range(1, 10).Select(length => $"chain-{length}"),
        "fw1k-rt100k-napt", "fw10k-rt100k-napt", EditOneRule, .. SampleFiles().Select(file => Sample + Path.GetFileNameWithoutExtension(file)),
    ];

    /// <summary>The chain of a case; for <see cref="EditOneRule"/> the one before the edit.</summary>
    public static ChainSpec Chain(string name) => name switch
    {
        EditOneRule => Large(Firewall(10_000)),
        "fw1k-rt100k-napt" => Large(Firewall(1000)),
        "fw10k-rt100k-napt" => Large(Firewall(10_000)),
        ['f', 'w', '-', ..] => Line(Firewall(Count(name[3..]))),
        ['r', 't', '-', ..] => Line(Router(Count(name[3..]))),
        ['c', 'h', 'a', 'i', 'n', '-', ..] => Line([.. Enumerable.Range(0, Count(name[6..])).Select(Link)]),
        _ => ReadSample(name[Sample.Length..]),
    };

    /// <summary>The chain of <see cref="EditOneRule"/> after each of some edits, which change the decision of one more rule each, all over the list.</summary>
    public static IEnumerable<ChainSpec> Edits()
    {
        var firewall = Firewall(10_000);
        for (var edit = 0; edit < 15; edit++)
        {
            firewall = WithOtherDecision(firewall, 500 + (edit * 4211 % 9000));
            yield return Large(firewall);
        }
    }

    private static FirewallConfiguration WithOtherDecision(FirewallConfiguration firewall, int index)
    {
        var rules = firewall.Rules.ToList();
        rules[index] = rules[index] with { Allow = !rules[index].Allow };
        return firewall with { Rules = rules };
    }

    private static int Count(string text) => text[^1] switch
    {
        'k' => int.Parse(text[..^1], null) * 1000,
        'M' => int.Parse(text[..^1], null) * 1_000_000,
        _ => int.Parse(text, null),
    };

    private static ChainSpec Large(FirewallConfiguration firewall) => Line(firewall, Router(100_000), Napt("nat"));

    /// <summary>The functions of chain-1 to chain-10: firewall (100 rules), router (1,000 routes), NAPT, monitor, and again.</summary>
    private static NetworkFunctionConfiguration Link(int index) => (index % 4) switch
    {
        0 => Firewall(100, $"fw{index}", (ulong)index),
        1 => Router(1000, $"rt{index}", (ulong)index),
        2 => Napt($"nat{index}"),
        _ => new MonitorConfiguration($"mon{index}"),
    };

    private static FirewallConfiguration Firewall(int rules, string name = "fw", ulong seed = Seed) => new(name)
    {
        Rules = [.. FirewallRules.Generate(rules, seed).Select(rule => new FirewallRule("", Match(rule), rule.Allow, null))],
    };

    private static PacketMatch Match(GeneratedRule rule) => new()
    {
        Source = rule.Source is { } source ? new Condition<IpPrefix>(ToPrefix(source)) : null,
        Destination = rule.Destination is { } destination ? new Condition<IpPrefix>(ToPrefix(destination)) : null,
        Protocol = rule.Protocol is { } protocol ? new Condition<byte>(protocol) : null,
        SourcePort = Ports(rule.SourcePorts),
        DestinationPort = Ports(rule.DestinationPorts),
    };

    private static Condition<PortRange>? Ports(PortSpan? span) => span is { } ports ? new Condition<PortRange>(new PortRange(ports.First, ports.Last)) : null;

    private static IpPrefix ToPrefix(Prefix prefix) => new(new IpAddress(prefix.First, prefix.IsV6), prefix.Length);

    /// <summary>A router whose port 0 leads to the clients and whose port 1 leads on, with 16 next hops at each.</summary>
    private static RouterConfiguration Router(int routes, string name = "rt", ulong seed = Seed) => new(name)
    {
        RouterPorts = [new RouterPort("lan", OwnMac), new RouterPort("wan", OwnMac)],
        Routes = [.. RouteTable.Generate(routes, seed).Select(route => new Route(
            ToPrefix(route.Prefix), new NextHop(route.NextHop < 4 ? 0 : 1, new MacAddress(0x02_00_00_00_f0_00UL + (ulong)route.NextHop))))],
    };

    private static NaptConfiguration Napt(string name) => new(name)
    {
        Pool = [new AddressRange(IpAddress.Parse("198.51.100.1"), IpAddress.Parse("198.51.100.14"))],
        Pool6 = [new AddressRange(IpAddress.Parse("2001:db8::1"), IpAddress.Parse("2001:db8::e"))],
    };

    private static ChainSpec Line(params NetworkFunctionConfiguration[] functions)
    {
        Attachment From(int index) => index == 0 ? new("clients", null) : new(functions[index - 1].Name, functions[index - 1] is RouterConfiguration ? "wan" : null);
        Attachment To(int index) => index == functions.Length ? new("internet", null) : new(functions[index].Name, functions[index] is RouterConfiguration ? "lan" : null);
        return new ChainSpec("bench")
        {
            Endpoints = [new ChainEndpoint("clients", "br0", 1), new ChainEndpoint("internet", "br0", 2)],
            Functions = functions,
            Links = [.. Enumerable.Range(0, functions.Length + 1).Select(index => new ChainLink(From(index), To(index)))],
        };
    }

    private static ChainSpec ReadSample(string name)
    {
        var file = SampleFiles().FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == name)
            ?? throw new BenchmarkException($"there is no sample {name}");
        var document = SpecFiles.Read([file], Stream.Null).Documents[0];
        return ServiceChainMapper.Map(document.Chain).TryGetSpec(out var spec) ? spec : throw new BenchmarkException($"{file} is not valid");
    }

    private static string[] SampleFiles()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var samples = Path.Combine(directory.FullName, "deploy", "examples");
            if (Directory.Exists(samples))
            {
                return [.. Directory.GetFiles(samples, "*.yaml").Order(StringComparer.Ordinal)];
            }
        }

        return [];
    }
}
