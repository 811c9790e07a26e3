using Metron.Bench.Dataplane;
using Metron.Bench.Traces;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;

namespace Metron.Bench.Tests;

public class ChainTests
{
    [Fact]
    public void A_chain_of_ten_repeats_router_firewall_and_napt()
    {
        Type[] expected =
        [
            typeof(RouterConfiguration), typeof(FirewallConfiguration), typeof(NaptConfiguration),
            typeof(RouterConfiguration), typeof(FirewallConfiguration), typeof(NaptConfiguration),
            typeof(RouterConfiguration), typeof(FirewallConfiguration), typeof(NaptConfiguration),
            typeof(RouterConfiguration),
        ];
        var functions = ChainFunctions.Repeated(10);
        Assert.Equal(expected, functions.Select(function => function.GetType()));
        Assert.Equal(10, functions.Select(function => function.Name).Distinct().Count());
    }

    [Theory]
    [InlineData(1, 1, null)]
    [InlineData(2, 1, null)]
    [InlineData(3, 1, 0)]
    [InlineData(5, 2, 0)]
    [InlineData(10, 4, 2)]
    public void What_is_expected_of_a_chain_counts_its_routers_and_names_its_last_pool(int length, int routers, int? pool)
    {
        var expectation = ChainFunctions.ExpectationOfRepeated(length);
        Assert.Equal((routers, pool), (expectation.Routers, expectation.Pool));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pools_of_a_chain_do_not_overlap(bool isV6)
    {
        var pools = Enumerable.Range(0, 3).Select(number => ChainFunctions.Pool(number, isV6)).ToList();
        Assert.True(pools[0].Last.Value < pools[1].First.Value);
        Assert.True(pools[1].Last.Value < pools[2].First.Value);
        Assert.All(pools, pool => Assert.True((pool.Last.Value - pool.First.Value + 1) * 64_512 > 1_000_000));
    }

    [Fact]
    public void A_service_has_its_own_backends_and_no_others()
    {
        var services = ((LoadBalancerConfiguration)TracedCase.Known["C5/T2"].Case.Functions[^1]).Services;
        Assert.Equal(2 * ChainFunctions.Services, services.Count);
        Assert.All(services, service => Assert.All(
            services.SelectMany(other => other.Backends.Select(backend => (Own: ReferenceEquals(other, service), backend)))
                .Where(other => other.backend.Address.IsV6 == service.Address.IsV6),
            other => Assert.Equal(
                other.Own,
                ChainFunctions.IsBackend(service.Address.Value, service.Address.IsV6, other.backend.Address.Value, other.backend.Port))));
    }

    [Fact]
    public void Every_destination_of_the_traces_has_its_route()
    {
        var routes = ChainFunctions.Router(1_000).Routes;
        foreach (var flow in Trace.Known.Single(trace => trace.Name == "T2").BuildFlows().Take(1_000))
        {
            var longest = routes.Where(route => !route.Prefix.Address.IsV6 && Contains(route, (uint)flow.Destination)).MaxBy(route => route.Prefix.Length)!;
            Assert.Equal(ChainFunctions.NextHopOf(flow.Destination), longest.NextHop.Mac);
        }
    }

    [Fact]
    public void All_fixed_names_of_the_suite_are_there()
    {
        string[] names =
        [
            "C0", "C1-1k", "C1-100k", "C2-10", "C2-100", "C2-1k", "C2-10k", "C3", "C4", "C5", "CN-1", "CN-10", "C7-10", "C7-50", "C7-100",
        ];
        Assert.All(names, name => Assert.Contains($"{name}/T2", new DataplaneSuite().Cases));
        Assert.Contains("C6/T7", new DataplaneSuite().Cases);
        Assert.Contains("C4/T5", new DataplaneSuite().Cases);
    }

    private static bool Contains(Route route, uint address) =>
        route.Prefix.Length == 0 || (address ^ (uint)route.Prefix.Address.Value) >> (32 - route.Prefix.Length) == 0;
}
