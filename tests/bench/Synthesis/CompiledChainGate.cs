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
        var chain = CompiledChain.Of(spec);
        var random = new SplitMix64(7);
        for (var i = 0; i < spec.Functions.Count; i++)
        {
            // Rules for packets that never come there were left out.
            var arrivals = Enumerable.Range(0, 2).Select(port =>
                chain.Synthesis.Arrivals?.GetValueOrDefault(GraphNode.OfFunction(i, port), HeaderSpace.Empty) ?? HeaderSpace.All).ToArray();
            switch (spec.Functions[i])
            {
                case FirewallConfiguration { Stateful: false } firewall:
                    Check(firewall, chain.Graph.Functions[i], arrivals, random);
                    break;
                case RouterConfiguration router:
                    Check(router, (RouterConfiguration)chain.Spec.Functions[i], arrivals, random);
                    break;
            }
        }
    }

    private static void Check(FirewallConfiguration firewall, FunctionDeclaration compiled, HeaderSpace[] arrivals, SplitMix64 random)
    {
        var rules = firewall.Rules.Select(rule => (rule.Allow, rule.FromPort, Match: rule.Match.ToHeaderMatch())).ToList();
        for (var i = 0; i < Packets && rules.Count > 0; i++)
        {
            var packet = Sample(rules[random.Next(rules.Count)].Match, random);
            var port = random.Next(2);
            if (!arrivals[port].Contains(packet))
            {
                continue;
            }

            var decides = rules.FirstOrDefault(rule => (rule.FromPort ?? port) == port && rule.Match.Matches(packet));
            var allowed = decides.Match is null ? firewall.AllowByDefault : decides.Allow;
            Compare($"{firewall.Name}: {packet}", allowed ? 0 : 1, Outcome(compiled.Ports[port], packet));
        }
    }

    private static void Check(RouterConfiguration written, RouterConfiguration compiled, HeaderSpace[] arrivals, SplitMix64 random)
    {
        var routes = written.Routes.ToDictionary(route => route.Prefix, route => route.NextHop);
        var kept = compiled.Routes.ToDictionary(route => route.Prefix, route => route.NextHop);
        for (var i = 0; i < Packets && routes.Count > 0; i++)
        {
            var prefix = written.Routes[random.Next(written.Routes.Count)].Prefix;
            var value = prefix.First + (random.Percent(30) ? 0 : random.NextAddress() & (prefix.Last - prefix.First));
            var address = new IpAddress(value, prefix.Address.IsV6);
            var (expected, found) = (Find(routes, address), Find(kept, address));
            var arrives = arrivals.SelectMany(packets => packets.Cubes).Any(cube =>
                cube.IsV6 == address.IsV6 && cube[HeaderField.Destination].Contains(value));
            if (arrives && expected != found)
            {
                throw new BenchmarkException($"not measured, because it is not right: {written.Name}: {address} goes to {found}, not to {expected}");
            }
        }
    }

    /// <summary>Where the longest prefix leads, found by trying all lengths.</summary>
    private static NextHop? Find(Dictionary<IpPrefix, NextHop> routes, IpAddress address)
    {
        for (var length = address.Width; length >= 0; length--)
        {
            var host = address.Width - length == 128 ? UInt128.MaxValue : (UInt128.One << (address.Width - length)) - 1;
            if (routes.TryGetValue(new IpPrefix(new IpAddress(address.Value & ~host, address.IsV6), length), out var nextHop))
            {
                return nextHop;
            }
        }

        return null;
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
