using Metron.Generators;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Orchestration;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Bench.Synthesis;

/// <summary>Compares compiled tables with the rules and routes as written, packet by packet, read in the plainest way.</summary>
internal static class CompiledChainGate
{
    private const int Packets = 2000;

    /// <exception cref="BenchmarkException">A packet is decided otherwise than written.</exception>
    public static void Check(ChainSpec spec)
    {
        var graph = CompiledChain.Of(spec).Graph;
        var random = new SplitMix64(7);
        for (var i = 0; i < spec.Functions.Count; i++)
        {
            switch (spec.Functions[i])
            {
                case FirewallConfiguration { Stateful: false } firewall:
                    Check(firewall, graph.Functions[i], random);
                    break;
                case RouterConfiguration router:
                    Check(router, graph.Functions[i], random);
                    break;
            }
        }
    }

    private static void Check(FirewallConfiguration firewall, FunctionDeclaration compiled, SplitMix64 random)
    {
        var rules = firewall.Rules.Select(rule => (rule.Allow, rule.FromPort, Match: rule.Match.ToHeaderMatch())).ToList();
        for (var i = 0; i < Packets && rules.Count > 0; i++)
        {
            var packet = Sample(rules[random.Next(rules.Count)].Match, random);
            var port = random.Next(2);
            var decides = rules.FirstOrDefault(rule => (rule.FromPort ?? port) == port && rule.Match.Matches(packet));
            var allowed = decides.Match is null ? firewall.AllowByDefault : decides.Allow;
            Compare($"{firewall.Name}: {packet}", allowed ? 0 : 1, Outcome(compiled.Ports[port], packet));
        }
    }

    private static void Check(RouterConfiguration router, FunctionDeclaration compiled, SplitMix64 random)
    {
        var routes = router.Routes.ToDictionary(route => route.Prefix, route => route.NextHop);
        for (var i = 0; i < Packets && routes.Count > 0; i++)
        {
            var prefix = router.Routes[random.Next(router.Routes.Count)].Prefix;
            var address = prefix.First + (random.Percent(30) ? 0 : random.NextAddress() & (prefix.Last - prefix.First));
            var width = prefix.Address.IsV6 ? 128 : 32;
            NextHop? expected = null;
            for (var length = width; length >= 0 && expected is null; length--)
            {
                var host = width - length == 128 ? UInt128.MaxValue : (UInt128.One << (width - length)) - 1;
                expected = routes.TryGetValue(new IpPrefix(new IpAddress(address & ~host, width == 128), length), out var nextHop) ? nextHop : null;
            }

            var outcome = Outcome(compiled.Ports[0], new HeaderPoint { IsV6 = width == 128, Destination = address, Protocol = 17 });
            var name = $"via {router.RouterPorts[expected!.Value.Port].Name} {expected.Value.Mac}";
            Compare($"{router.Name}: {new IpAddress(address, width == 128)} goes {name}", compiled.Outcomes.ToList().IndexOf(name), outcome);
        }
    }

    /// <summary>The outcome that tables give; -1 for a drop without one.</summary>
    private static int Outcome(PortDeclaration port, HeaderPoint packet)
    {
        foreach (var stage in port.Stages)
        {
            var result = stage.Evaluate(packet);
            if (!result.IsNext)
            {
                return result.Outcomes.Count == 0 ? -1 : result.Outcomes[0];
            }
        }

        return -1;
    }

    private static HeaderPoint Sample(HeaderMatch match, SplitMix64 random)
    {
        var cubes = match.ToSpace().Cubes;
        return cubes[random.Next(cubes.Count)].Sample(new Random(random.Next(int.MaxValue))) with { IsFragment = false };
    }

    private static void Compare(string what, int expected, int found)
    {
        if (expected != found)
        {
            throw new BenchmarkException($"not measured, because it is not right: {what}: outcome {found} instead of {expected}");
        }
    }
}
