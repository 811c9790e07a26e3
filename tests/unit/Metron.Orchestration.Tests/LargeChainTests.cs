using Metron.Generators;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Orchestration.Tests;

/// <summary>Rule sets of the size and shape that operators have.</summary>
public class LargeChainTests
{
    [Fact]
    public void A_large_firewall_in_front_of_a_large_router_and_a_napt_is_compiled_without_multiplying_them()
    {
        var spec = Spec(Firewall(1500), Router(30_000));
        var inventory = SampleChains.Inventory();

        Assert.Empty(ChainValidator.Validate(spec, inventory, []));
        var plan = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory)).Plan!;

        Assert.True(plan.HasAllClasses);
        Assert.InRange(ChainPrograms.SwitchRules(plan).Count, 500, 20_000);
        var kept = Assert.Single(Assert.Single(ChainPrograms.ResidualPrograms(plan)).Value.Functions.OfType<RouterConfiguration>()).Routes.Count;
        Assert.InRange(kept, 15_000, 29_999);
    }

    [Fact]
    public void A_large_firewall_decides_sampled_packets_as_written()
    {
        var firewall = Firewall(1500);
        var spec = Spec(firewall, Router(10));
        var written = firewall.Rules.Select(rule => (rule.Allow, Match: rule.Match.ToHeaderMatch())).ToList();
        var table = Assert.Single(CompiledChain.Of(spec).Graph.Functions[0].Ports[0].Stages);
        var random = new Random(3);
        Assert.InRange(table.Entries.Count, 700, 1499);
        for (var i = 0; i < 5000; i++)
        {
            var packet = written[random.Next(written.Count)].Match.ToSpace().Sample(random) with { IsFragment = false };
            var expected = written.FirstOrDefault(rule => rule.Match.Matches(packet)).Allow;
            Assert.Equal(expected ? FirewallDeclaration.Allow : FirewallDeclaration.Deny, Assert.Single(table.Evaluate(packet).Outcomes));
        }
    }

    private static ChainSpec Spec(FirewallConfiguration firewall, RouterConfiguration router)
    {
        NetworkFunctionConfiguration[] functions = [firewall, router, SampleChains.Napt()];
        return new ChainSpec("large")
        {
            Endpoints = [new ChainEndpoint("a", "br0", 1), new ChainEndpoint("b", "br0", 2)],
            Functions = functions,
            Links =
            [
                SampleChains.Link("a", "fw"), SampleChains.Link("fw", "rt.lan"), SampleChains.Link("rt.wan", "nat"), SampleChains.Link("nat", "b"),
            ],
        };
    }

    private static FirewallConfiguration Firewall(int rules) => new("fw")
    {
        Rules = [.. FirewallRules.Generate(rules, seed: 11).Select(rule => new FirewallRule("", Match(rule), rule.Allow, null))],
    };

    private static RouterConfiguration Router(int routes) => SampleChains.Router() with
    {
        Routes = [.. RouteTable.Generate(routes, seed: 12).Select(route => new Route(
            ToPrefix(route.Prefix), new NextHop(route.NextHop % 2, new MacAddress(0x02_00_00_00_00_00UL + (ulong)route.NextHop))))],
    };

    private static PacketMatch Match(GeneratedRule rule) => new()
    {
        Source = rule.Source is { } source ? new(ToPrefix(source)) : null,
        Destination = rule.Destination is { } destination ? new(ToPrefix(destination)) : null,
        Protocol = rule.Protocol is { } protocol ? new(protocol) : null,
        SourcePort = rule.SourcePorts is { } from ? new(new PortRange(from.First, from.Last)) : null,
        DestinationPort = rule.DestinationPorts is { } to ? new(new PortRange(to.First, to.Last)) : null,
    };

    private static IpPrefix ToPrefix(Prefix prefix) => new(new IpAddress(prefix.First, prefix.IsV6), prefix.Length);
}
