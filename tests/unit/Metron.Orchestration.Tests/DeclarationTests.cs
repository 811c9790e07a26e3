using CsCheck;
using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration.Tests;

public class DeclarationTests
{
    [Fact]
    public void A_router_declares_the_next_hop_of_the_longest_prefix() =>
        Gen.Select(Routes, Gen.UInt.Array[20]).Sample((routes, destinations) =>
        {
            var router = new RouterConfiguration("rt")
            {
                RouterPorts = [.. Enumerable.Range(0, 4).Select(port => new RouterPort($"p{port}", SampleChains.LanMac))],
                Routes = routes,
            };
            var table = Assert.Single(FunctionDeclarations.Of(router).Ports[0].Stages);
            foreach (var value in destinations.Concat(routes.SelectMany(route => new[] { (uint)route.Prefix.First, (uint)route.Prefix.Last + 1 })))
            {
                var destination = IpAddress.V4(value);
                var best = routes.Where(route => route.Prefix.Contains(destination)).MaxBy(route => route.Prefix.Length);
                var expected = best is null ? router.NextHops.Count : router.NextHops.ToList().IndexOf(best.NextHop);
                Assert.Equal([expected], table.Evaluate(new HeaderPoint { Destination = value }).Outcomes);
                Assert.Single(table.Entries, entry => entry.Match.Matches(new HeaderPoint { Destination = value }));
            }
        });

    [Fact]
    public void A_router_with_too_many_routes_says_that_every_next_hop_is_possible()
    {
        var router = SampleChains.Router() with
        {
            Routes = [.. Enumerable.Range(0, RouterDeclaration.MaximumClassRoutes + 1).Select(index => new Route(
                new IpPrefix(IpAddress.V4((uint)index), 32), new NextHop(index % 2, SampleChains.ClientMac)))],
        };
        var port = FunctionDeclarations.Of(router).Ports[0];

        Assert.Equal([0, 1, 2], Assert.Single(port.Stages).Default.Outcomes);
        Assert.Empty(port.SwitchStages!);
    }

    [Fact]
    public void A_switch_checks_outermost_prefixes_and_nothing_when_both_versions_have_a_default_route()
    {
        var router = SampleChains.Router();
        var stage = Assert.Single(FunctionDeclarations.Of(router).Ports[0].SwitchStages!);
        Assert.Equal(["ipv4"], stage.Entries.Select(entry => entry.Match.ToString()));

        var both = router with { Routes = [.. router.Routes, new Route(IpPrefix.Parse("::/0"), new NextHop(1, SampleChains.GatewayMac))] };
        Assert.Empty(FunctionDeclarations.Of(both).Ports[0].SwitchStages!);
    }

    [Fact]
    public void Outcomes_are_numbered_as_the_architecture_says()
    {
        Assert.Equal(["allow", "deny"], FunctionDeclarations.Of(SampleChains.Firewall()).Outcomes);
        Assert.Equal(
            ["via wan 02:00:00:00:02:01", "via lan 02:00:00:00:01:01", "no route"], FunctionDeclarations.Of(SampleChains.Router()).Outcomes);
        Assert.Equal(["translate"], FunctionDeclarations.Of(SampleChains.Napt()).Outcomes);
        var everything = SampleChains.Everything().Functions.Select(FunctionDeclarations.Of).ToDictionary(declaration => declaration.Name);
        Assert.Equal(["pass", "service http"], everything["lb"].Outcomes);
        Assert.Equal(["pass"], everything["mon"].Outcomes);
    }

    [Fact]
    public void A_napt_lets_in_what_is_for_its_pools_and_prefix()
    {
        var napt = new NaptConfiguration("nat")
        {
            Pool = [new AddressRange(IpAddress.Parse("198.51.100.3"), IpAddress.Parse("198.51.100.9"))],
            PrefixTranslation = new PrefixTranslation(IpPrefix.Parse("fd00:1::/48"), IpPrefix.Parse("2001:db8:1::/48")),
        };
        var outside = Assert.Single(FunctionDeclarations.Of(napt).Ports[1].Stages);

        Assert.Equal([0], outside.Evaluate(To("198.51.100.9")).Outcomes);
        Assert.Equal("noBinding", outside.Evaluate(To("198.51.100.10")).DropReason);
        Assert.Equal([0], outside.Evaluate(To("2001:db8:1::5")).Outcomes);
        Assert.Equal("prefixMismatch", outside.Evaluate(To("2001:db8:2::5")).DropReason);
    }

    [Fact]
    public void A_load_balancer_tells_services_by_address_protocol_and_port()
    {
        var backend = new Backend(IpAddress.Parse("10.0.0.1"), 8080, 1);
        var vip = IpAddress.Parse("203.0.113.1");
        var declaration = FunctionDeclarations.Of(new LoadBalancerConfiguration("lb")
        {
            Services = [new VirtualService("a", vip, 6, 80, [backend], false), new VirtualService("b", vip, 6, 81, [backend], false)],
        });
        var inside = Assert.Single(declaration.Ports[0].Stages);
        var outside = Assert.Single(declaration.Ports[1].Stages);

        Assert.Equal([2], inside.Evaluate(To("203.0.113.1") with { Protocol = 6, DestinationPort = 81 }).Outcomes);
        Assert.Equal([0], inside.Evaluate(To("203.0.113.1") with { Protocol = 17, DestinationPort = 81 }).Outcomes);
        Assert.Equal([0, 1, 2], outside.Evaluate(new HeaderPoint { Source = backend.Address.Value, Protocol = 6, SourcePort = 8080 }).Outcomes);
    }

    private static readonly Gen<List<Route>> Routes =
        Gen.Select(Gen.UInt, Gen.Int[0, 32], Gen.Int[0, 3]).List[0, 12].Select(routes => routes
            .Select(route => new Route(
                new IpPrefix(IpAddress.V4(route.Item2 == 0 ? 0 : route.Item1 >> (32 - route.Item2) << (32 - route.Item2)), route.Item2),
                new NextHop(route.Item3, SampleChains.ClientMac)))
            .DistinctBy(route => route.Prefix)
            .ToList());

    private static HeaderPoint To(string address)
    {
        var parsed = IpAddress.Parse(address);
        return new HeaderPoint { IsV6 = parsed.IsV6, Destination = parsed.Value };
    }
}
