using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>TCP, UDP and ICMP of both IP versions, in both directions, through every function and through whole chains.</summary>
public class TrafficTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    private const string SharedAddress = "192.168.77.10";
    private const string SharedAddress6 = "fd77::10";
    private const string RoutedAddress = "203.0.113.10";
    private const string RoutedAddress6 = "2001:db8:2::10";

    [LabFact]
    public Task A_stateful_firewall_lets_traffic_of_clients_and_its_replies_pass() =>
        CarriesEverything(Chains.Line("one", Chains.StatefulFirewall()), SharedAddress, SharedAddress6);

    [LabFact]
    public Task A_router_carries_traffic_between_networks() =>
        CarriesEverything(Chains.Line("one", Chains.Router()), RoutedAddress, RoutedAddress6);

    [LabFact]
    public Task A_NAPT_carries_traffic_and_its_replies() =>
        CarriesEverything(Chains.Line("one", Chains.Napt("192.168.77.100", "fd77::100")), SharedAddress, SharedAddress6);

    [LabFact]
    public Task A_load_balancer_carries_traffic_to_its_virtual_address() => CarriesEverything(
        Chains.Line("one", Chains.LoadBalancer("192.168.77.200", "fd77::200", [SharedAddress], [SharedAddress6])),
        "192.168.77.200", "fd77::200", pingAddress: SharedAddress, pingAddress6: SharedAddress6);

    [LabFact]
    public Task A_monitor_lets_everything_pass() =>
        CarriesEverything(Chains.Line("one", Chains.Monitor()), SharedAddress, SharedAddress6);

    [LabFact]
    public Task Firewall_router_and_NAPT_in_a_row_carry_traffic() =>
        CarriesEverything(Chains.Sample(), RoutedAddress, RoutedAddress6);

    [LabFact]
    public Task All_functions_in_a_row_carry_traffic() => CarriesEverything(
        Chains.Line("all", Chains.StatefulFirewall(), Chains.Monitor(),
            Chains.LoadBalancer("198.51.100.80", "2001:db8:80::80", [RoutedAddress], [RoutedAddress6]), Chains.Router(), Chains.Napt()),
        "198.51.100.80", "2001:db8:80::80", pingAddress: RoutedAddress, pingAddress6: RoutedAddress6);

    [LabFact]
    public async Task A_NAPT_hides_clients_behind_its_pool()
    {
        await Lab.ApplyAsync(Chains.Sample());

        Assert.Equal("server1 198.51.100.1\n", await Lab.Traffic.HttpAsync($"http://{RoutedAddress}/"));
        Assert.Equal("server1 2001:db8:ffff::1\n", await Lab.Traffic.HttpAsync($"http://[{RoutedAddress6}]/"));
    }

    [LabFact]
    public async Task A_load_balancer_spreads_connections_over_its_backends()
    {
        await Lab.ApplyAsync(Chains.Line("lb", Chains.LoadBalancer("198.51.100.80", "2001:db8:80::80", [RoutedAddress, "203.0.113.11"], [RoutedAddress6, "2001:db8:2::11"]), Chains.Router()));

        foreach (var (url, client) in new[] { ("http://198.51.100.80/", "10.1.0.2"), ("http://[2001:db8:80::80]/", "fd00:1::2") })
        {
            var answers = new List<string?>();
            for (var i = 0; i < 30; i++)
            {
                answers.Add(await Lab.Traffic.HttpAsync(url));
            }

            Assert.Equal([$"server1 {client}\n", $"server2 {client}\n"], answers.Distinct().Order());
        }
    }

    [LabFact]
    public async Task What_a_stateful_firewall_denies_for_good_is_dropped_by_the_switch()
    {
        await Lab.ApplyAsync(Chains.Sample());
        const string filter = "(tcp port 8080 or udp port 7)";
        var captures = Enumerable.Range(0, 2)
            .Select(worker => Lab.Network.Start("switch", "tcpdump", "-i", $"worker{worker}", "--immediate-mode", "-n", "-l", $"{filter} or (vlan and {filter})"))
            .ToArray();
        foreach (var capture in captures)
        {
            await capture.WroteAsync("listening on");
        }

        Assert.Null(await Lab.Traffic.HttpAsync($"http://{RoutedAddress}:8080/", seconds: 1));

        Assert.True(await Lab.RulePacketsAsync("web", "no-proxy") > 0, "the rule on the switch has counted nothing");
        // Packets to each worker that come later are in the captures, so what came before would be as well.
        (await Lab.Traffic.NumberedAsync(RoutedAddress, more: ["--source-ports", "40000,40002"])).NothingWasLost();
        foreach (var capture in captures)
        {
            await capture.WroteAsync($"{RoutedAddress}.7: UDP");
            Assert.DoesNotContain($"{RoutedAddress}.8080", (await capture.StopAsync()).Output, StringComparison.Ordinal);
        }
    }

    [LabFact]
    public async Task A_chain_that_only_filters_without_state_uses_no_server()
    {
        var chain = Chains.Line("filter", Chains.StatelessFirewall());
        chain.Spec.PassNeighborDiscovery = true;
        var ready = await Lab.ApplyAsync(chain);

        Assert.Empty(ready.Status.Placements);
        Assert.Empty((await Lab.ServerAsync()).DeployedChains);
        Assert.All(ready.Status.TrafficClasses, trafficClass => Assert.Equal("switch", trafficClass.DecidedBy));
        (await Lab.Traffic.NumberedAsync(SharedAddress)).NothingWasLost();
        (await Lab.Traffic.NumberedAsync(SharedAddress6)).NothingWasLost();
        Assert.Null(await Lab.Traffic.HttpAsync($"http://{SharedAddress}:8080/", seconds: 1));
        Assert.True(await Lab.RulePacketsAsync("filter", "no-proxy") > 0);
    }

    [LabFact]
    public async Task Neighbours_find_each_other_through_a_chain_that_passes_discovery()
    {
        var chain = Chains.Line("one", Chains.StatefulFirewall());
        chain.Spec.PassNeighborDiscovery = true;
        await Lab.ApplyAsync(chain);
        string[] addresses = [SharedAddress, SharedAddress6];
        foreach (var address in addresses)
        {
            await Lab.Network.RunAsync("client1", "ip", "neighbour", "del", address, "dev", "eth0");
        }

        try
        {
            await Lab.Traffic.PingAsync(SharedAddress);
            await Lab.Traffic.PingAsync(SharedAddress6);
        }
        finally
        {
            foreach (var address in addresses)
            {
                (await Lab.Network.RunAsync("client1", "ip", "neighbour", "replace", address, "lladdr", Chains.ServerMac, "dev", "eth0", "nud", "permanent")).Succeeded();
            }
        }
    }

    private async Task CarriesEverything(ServiceChain chain, string address, string address6, string? pingAddress = null, string? pingAddress6 = null)
    {
        await Lab.ApplyAsync(chain);

        await Lab.Traffic.PingAsync(pingAddress ?? address);
        await Lab.Traffic.PingAsync(pingAddress6 ?? address6);
        (await Lab.Traffic.NumberedAsync(address)).NothingWasLost();
        (await Lab.Traffic.NumberedAsync(address6)).NothingWasLost();
        Assert.True(await Lab.Traffic.TcpAsync(address, reverse: false) > 1_000_000);
        Assert.True(await Lab.Traffic.TcpAsync(address6, reverse: true) > 1_000_000);
    }
}
