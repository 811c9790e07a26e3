using System.Globalization;
using Metron.IntegrationTests.Lab;
using Metron.V1;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>Chains come, change and go while traffic runs.</summary>
public class ChangeTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    [LabFact]
    public async Task A_changed_firewall_takes_effect_without_a_lost_packet()
    {
        var first = await Lab.ApplyAsync(Chains.Sample());
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10/"));
        await using var packets = await Lab.Traffic.StartNumberedAsync("203.0.113.10");
        var changed = Chains.Sample();
        changed.Spec.Functions[0].Firewall.Rules.Insert(0, new FirewallRule
        {
            Name = "no-web",
            Action = FirewallAction.Deny,
            From = Side.Inside,
            Match = new PacketMatch { Protocol = "tcp", DestinationPort = "80" },
        });

        var ready = await Lab.ApplyAsync(changed);

        Assert.Null(await Lab.Traffic.HttpAsync("http://203.0.113.10/", seconds: 1));
        (await TrafficSource.ResultAsync(packets)).NothingWasLost();
        Assert.Equal(first.Revision + 1, ready.Revision);
    }

    [LabFact]
    public async Task One_rule_of_many_is_changed_under_traffic_by_few_messages_and_without_a_lost_packet()
    {
        var chain = Chains.Line("web", ManyRules(500), Chains.Router());
        var first = await Lab.ApplyAsync(chain);
        Assert.InRange((await Lab.SwitchAsync()).Rules.Count, 1000, 2000);
        await using var packets = await Lab.Traffic.StartNumberedAsync("203.0.113.10");

        // The order of independent rules means nothing: nothing is sent.
        var rules = chain.Spec.Functions[0].Firewall.Rules;
        (rules[3], rules[400]) = (rules[400], rules[3]);
        var same = await Lab.ApplyAsync(chain);
        Assert.Equal(0, await RulesSinceAsync(first.Revision + 1));

        // The firewall is also on the server, for what comes from there: besides the rule's own, the tags of a new program are sent.
        rules[250].Match.DestinationPort = "9250";
        var ready = await Lab.ApplyAsync(chain);

        (await TrafficSource.ResultAsync(packets)).NothingWasLost();
        Assert.Equal((first.Revision + 1, first.Revision + 2), (same.Revision, ready.Revision));
        Assert.InRange(await RulesSinceAsync(first.Revision + 1), 1, 100);
    }

    [LabFact]
    public async Task A_controller_that_is_killed_in_the_middle_of_a_change_finishes_it_when_it_is_back()
    {
        var chain = Chains.Line("web", ManyRules(500), Chains.Router());
        await Lab.ApplyAsync(chain);
        await using var packets = await Lab.Traffic.StartNumberedAsync("203.0.113.10");
        foreach (var rule in chain.Spec.Functions[0].Firewall.Rules)
        {
            rule.Match.DestinationPort = $"{int.Parse(rule.Match.DestinationPort, CultureInfo.InvariantCulture) + 1000}";
        }

        await Lab.Client.Chains.UpdateServiceChainAsync(new UpdateServiceChainRequest { ServiceChain = chain });
        await Lab.Controller.KillAsync();
        await Lab.StartControllerAsync();
        await Lab.SwitchConnectsAsync();
        await Lab.AgentConnectsAsync();
        await Lab.ReadyAsync("web");

        (await TrafficSource.ResultAsync(packets)).NothingWasLost();
        var flows = await Lab.Network.OfctlAsync("dump-flows");
        Assert.Contains($"tp_dst={ManyRulesFrom + 1000} ", flows.Replace(",", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain($"tp_dst={ManyRulesFrom} ", flows.Replace(",", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [LabFact]
    public async Task Bindings_and_connections_outlive_a_change_of_the_chain()
    {
        await Lab.ApplyAsync(Chains.Sample());
        await using var capture = Lab.Network.Start("server1", "tcpdump", "-i", "eth0", "-n", "-l", "udp and dst port 7 and src host 198.51.100.1");
        await capture.WroteAsync("listening on eth0");
        await using var packets = await Lab.Traffic.StartNumberedAsync("203.0.113.10", flows: 2);
        var changed = Chains.Sample();
        changed.Spec.Functions[1].Router.Routes.Add(new Route { Prefix = "203.0.113.99/32", Port = "wan", NextHopMac = Chains.ServerMac });

        await Lab.ApplyAsync(changed);

        (await TrafficSource.ResultAsync(packets)).NothingWasLost();
        var sources = (await capture.StopAsync()).Output.Split('\n')
            .Where(line => line.Contains(" > ", StringComparison.Ordinal))
            .Select(line => line.Split(" > ")[0].Split(' ')[^1])
            .Distinct();
        Assert.Equal(2, sources.Count());
    }

    [LabFact]
    public async Task A_function_more_is_taken_up_without_a_lost_packet()
    {
        await Lab.ApplyAsync(Chains.Line("web", Chains.StatefulFirewall(), Chains.Router()));
        await using var packets = await Lab.Traffic.StartNumberedAsync("203.0.113.10");

        await Lab.ApplyAsync(Chains.Line("web", Chains.StatefulFirewall(), Chains.Monitor(), Chains.Router()));

        (await TrafficSource.ResultAsync(packets)).NothingWasLost();
    }

    [LabFact]
    public async Task An_update_that_changes_nothing_sends_nothing()
    {
        var chain = await Lab.ApplyAsync(Chains.Sample());
        await using var changes = await Lab.Network.WatchFlowsAsync();

        var again = await Lab.ApplyAsync(Chains.Sample());

        Assert.Equal(chain.Revision, again.Revision);
        Assert.DoesNotContain("event=", changes.Output, StringComparison.Ordinal);
    }

    [LabFact]
    public async Task A_deleted_chain_stops_its_traffic_and_leaves_nothing_on_switch_and_server()
    {
        await Lab.ApplyAsync(Chains.Sample());
        await using var packets = await Lab.Traffic.StartNumberedAsync("203.0.113.10");

        await Lab.DeleteAsync("web");

        var result = await TrafficSource.ResultAsync(packets);
        Assert.True(result.Received > 0);
        Assert.Empty((await Lab.SwitchAsync()).Rules);
        Assert.DoesNotContain("cookie=0x4d", await Lab.Network.OfctlAsync("dump-flows"), StringComparison.Ordinal);
        await Eventually.HoldsAsync("the server runs nothing", async () => (await Lab.ServerAsync()).DeployedChains is { Count: > 0 } left ? left.ToString() : null);
        Assert.Null(await Lab.Traffic.HttpAsync("http://203.0.113.10/", seconds: 1));
    }

    [LabFact]
    public async Task Two_chains_share_a_server_and_one_goes_without_the_other_s_noticing()
    {
        var first = Chains.Line("four", Chains.StatefulFirewall(), Chains.Router());
        var second = Chains.Line("six", Chains.StatefulFirewall(), Chains.Router());
        foreach (var (chain, version) in new[] { (first, IpVersion.Ipv4), (second, IpVersion.Ipv6) })
        {
            foreach (var endpoint in chain.Spec.Endpoints)
            {
                endpoint.Match = new PacketMatch { IpVersion = version };
            }
        }

        await Lab.ApplyAsync(first);
        await using var packets = await Lab.Traffic.StartNumberedAsync("203.0.113.10");
        await Lab.ApplyAsync(second);
        (await Lab.Traffic.NumberedAsync("2001:db8:2::10")).NothingWasLost();
        Assert.Equal(["four", "six"], (await Lab.ServerAsync()).DeployedChains.Select(chain => chain.Chain).Order());

        await Lab.DeleteAsync("six");

        (await TrafficSource.ResultAsync(packets)).NothingWasLost();
        Assert.NotNull(await Lab.Traffic.HttpAsync("http://203.0.113.10/"));
        Assert.Null(await Lab.Traffic.HttpAsync("http://[2001:db8:2::10]/", seconds: 1));
    }

    [LabFact]
    public async Task Two_client_networks_reach_the_servers_and_each_other_through_one_router()
    {
        await Lab.ApplyAsync(Branch());

        await using var first = await Lab.Traffic.StartNumberedAsync("203.0.113.10");
        await using var second = await Lab.Traffic.StartNumberedAsync("203.0.113.10", client: "client2");
        await Lab.Traffic.PingAsync("10.2.0.2");
        await Lab.Traffic.PingAsync("fd00:1::2", client: "client2");

        (await TrafficSource.ResultAsync(first)).NothingWasLost();
        (await TrafficSource.ResultAsync(second)).NothingWasLost();
    }

    private const int ManyRulesFrom = 20000;

    /// <summary>A firewall without state that denies so many TCP ports one by one.</summary>
    private static NetworkFunction ManyRules(int count)
    {
        var firewall = new Firewall { DefaultAction = FirewallAction.Allow };
        firewall.Rules.AddRange(Enumerable.Range(ManyRulesFrom, count).Select(port => new FirewallRule
        {
            Name = $"deny-{port}",
            Action = FirewallAction.Deny,
            Match = new PacketMatch { Protocol = "tcp", DestinationPort = $"{port}" },
        }));
        return new NetworkFunction { Name = "fw", Firewall = firewall };
    }

    /// <summary>How many rules of the switch were installed by a revision or a later one, as their cookies say.</summary>
    private async Task<int> RulesSinceAsync(long revision) =>
        (await Lab.SwitchAsync()).Rules.Count(rule => rule.Chain.Length > 0 && (ushort)(rule.Cookie >> 16) >= revision);

    private static ServiceChain Branch()
    {
        var router = Chains.Router();
        router.Router.Ports.Add(new RouterPort { Name = "lan2", Mac = "02:00:00:00:02:01" });
        router.Router.Routes.Add(new Route { Prefix = "10.2.0.0/24", Port = "lan2", NextHopMac = "02:00:00:00:02:02" });
        router.Router.Routes.Add(new Route { Prefix = "fd00:2::/64", Port = "lan2", NextHopMac = "02:00:00:00:02:02" });
        var chain = Chains.Line("branch", router, Chains.StatefulFirewall(), Chains.Napt());
        chain.Spec.Endpoints.Add(new Endpoint { Name = "guests", Switch = "br0", Port = 3 });
        chain.Spec.Links.Add(new Link { From = "guests", To = "rt.lan2" });
        return chain;
    }
}
