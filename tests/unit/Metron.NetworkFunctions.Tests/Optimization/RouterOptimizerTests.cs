using CsCheck;
using Metron.NetworkFunctions.Optimization;
using Metron.NetworkFunctions.Router;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Tests.Optimization;

public class RouterOptimizerTests
{
    // Addresses of four bits, so that every one can be looked up.
    private static readonly Gen<List<Route>> Routes =
        Gen.Select(Gen.Int[0, 15], Gen.Int[28, 32], Gen.Int[0, 2], Gen.Bool).List[0, 12].Select(routes => routes
            .Select(route => new Route(Prefix(route.Item1, route.Item2, route.Item4), new NextHop(route.Item3, default)))
            .DistinctBy(route => route.Prefix).ToList());

    [Fact]
    public void A_route_to_where_the_larger_prefix_leads_is_left_out_with_a_warning_that_names_both()
    {
        var optimized = Optimize([Route("10.0.0.0/8", 1), Route("10.1.0.0/16", 0), Route("10.1.2.0/24", 1), Route("10.1.3.0/24", 0), Route("::/0", 1)]);

        var warning = Assert.Single(optimized.Warnings);
        Assert.Equal((WarningCode.Redundant, "routes[3]", "routes[1]"), (warning.Code, warning.Field, warning.Related));
        Assert.Equal(
            "routes[3] (10.1.3.0/24) changes nothing: routes[1] (10.1.0.0/16) holds all of its addresses and leads to the same next hop; it was left out",
            warning.Message);
        Assert.Equal(4, ((RouterConfiguration)optimized.Configuration).Routes.Count);
    }

    [Fact]
    public void Every_address_is_routed_as_before_and_no_further_route_can_be_left_out() => Routes.Sample(
        routes =>
        {
            var router = new RouterConfiguration("rt") { RouterPorts = [new("a", default), new("b", default), new("c", default)], Routes = routes };
            var optimized = FunctionOptimizer.Optimize(router);
            var kept = ((RouterConfiguration)optimized.Configuration).Routes;
            foreach (var isV6 in new[] { false, true })
            {
                foreach (var address in Enumerable.Range(0, 20).Select(value => new IpAddress((UInt128)value, isV6)))
                {
                    Assert.Equal(Find(routes, address), Find(kept, address));
                }
            }

            Assert.All(optimized.Warnings, warning => Assert.Contains(warning.Field, routes.Select((_, index) => $"routes[{index}]")));
            Assert.Equal(routes.Count - kept.Count, optimized.WarningCount);
            Assert.Equal(0, FunctionOptimizer.Optimize(router with { Routes = kept }).WarningCount);
        },
        iter: 1000);

    [Fact]
    public void A_route_to_addresses_that_no_packet_goes_to_is_left_out()
    {
        var router = new RouterConfiguration("rt") { RouterPorts = [new("a", default), new("b", default)], Routes = [Route("10.0.0.0/8", 1), Route("11.0.0.0/8", 0)] };
        var arriving = new HeaderMatch { IpVersion = 4, Destination = new FieldCondition(0x0a010000, 0x0a02ffff) }.ToSpace();

        var optimized = FunctionOptimizer.Optimize(router, [arriving, HeaderSpace.Empty]);

        Assert.Equal((WarningCode.Unreachable, "routes[1]"), (optimized.Warnings[0].Code, optimized.Warnings[0].Field));
        Assert.Equal([router.Routes[0]], ((RouterConfiguration)optimized.Configuration).Routes);
    }

    private static OptimizedFunction Optimize(IReadOnlyList<Route> routes) =>
        FunctionOptimizer.Optimize(new RouterConfiguration("rt") { RouterPorts = [new("a", default), new("b", default)], Routes = routes });

    private static Route Route(string prefix, int port) => new(IpPrefix.Parse(prefix), new NextHop(port, default));

    private static IpPrefix Prefix(int address, int length, bool isV6) =>
        new(new IpAddress((UInt128)(address & ~((1 << (32 - length)) - 1)), isV6), isV6 ? length + 96 : length);

    private static NextHop? Find(IReadOnlyList<Route> routes, IpAddress address) =>
        routes.Where(route => route.Prefix.Contains(address)).MaxBy(route => route.Prefix.Length)?.NextHop;
}
