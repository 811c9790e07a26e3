using System.Net;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

public class OpenVSwitchTests
{
    /// <summary>Event id of "{What} at {Peer} failed".</summary>
    private const int Failed = 3310;

    /// <summary>Event id of "Switch {Switch}: {Phase}: {Count} rules".</summary>
    private const int RulesSent = 3309;

    [OpenVSwitchFact]
    public async Task Chains_come_and_go_on_a_real_switch_and_a_restarted_controller_sends_nothing()
    {
        using var folder = new TemporaryFolder();
        using var atSwitch = await OpenVSwitch.StartAsync();
        IReadOnlyList<string> rules;
        IReadOnlyCollection<V1.DeployedChain> running;
        int port;
        await using (var controller = await StartAsync(folder, 0))
        {
            port = PortOf(controller);
            atSwitch.AddBridge("br0", "0000000000000001", $"tcp:127.0.0.1:{port}");
            await ConnectedAsync(controller);
            await using var agent = await FakeAgent.ConnectAsync(controller);
            await controller.CreateAsync(Specs.Monitor());
            await controller.ReadyAsync("web");
            rules = atSwitch.Rules("br0");
            running = [.. agent.Running.Values];
            var shown = await controller.SwitchesApi.GetSwitchAsync(new V1.GetSwitchRequest { Name = "br0", IncludeRules = true });
            Assert.Equal(rules.Count, shown.Rules.Count);
            Assert.Equal(rules.Count, (int)shown.IntendedRules);
            Assert.Equal("1.4", shown.OpenflowVersion);
            Assert.Contains("Open vSwitch", shown.Description, StringComparison.Ordinal);
            Assert.DoesNotContain(shown.Rules, rule => rule.Purpose.StartsWith("left over", StringComparison.Ordinal));
        }

        await using var after = await StartAsync(folder, port);
        await ConnectedAsync(after);
        await using var returned = await FakeAgent.ConnectAsync(after, running: running);
        await after.ReadyAsync("web");
        Assert.Empty(after.Logged(RulesSent));
        Assert.Equal(rules, atSwitch.Rules("br0"));
        Assert.Empty(returned.Deploys);

        await after.UpdateAsync(Specs.Monitor(to: 3));
        await after.ReadyAsync("web");
        await after.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "web" });
        await after.GoneAsync("web");
        Assert.Empty(atSwitch.Rules("br0"));
        Assert.NotEmpty(after.Logged(RulesSent));
    }

    [OpenVSwitchFact]
    public async Task What_a_table_of_a_real_switch_holds_is_learnt_and_a_growing_chain_stays_in_force_meanwhile()
    {
        const int Limit = 100;
        using var folder = new TemporaryFolder();
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(folder, 0);
        atSwitch.AddBridge("br0", "0000000000000001", $"tcp:127.0.0.1:{PortOf(controller)}");
        atSwitch.SetUp("--", "--id=@t", "create", "Flow_Table", $"flow_limit={Limit}", "overflow_policy=refuse", "--", "set", "bridge", "br0", "flow_tables:1=@t");
        await ConnectedAsync(controller);
        await controller.CreateAsync(Filter(10));
        await controller.ReadyAsync("edge");
        Assert.Contains(atSwitch.Rules("br0"), rule => rule.Contains("table=1,", StringComparison.Ordinal));

        await controller.UpdateAsync(Filter(200));
        await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: > 1 });

        Assert.Equal($"Switch br0: table 1 is full with {Limit} rules of chains; they are planned within that from now on", Assert.Single(controller.Logged(3221)));
        Assert.InRange(atSwitch.Rules("br0").Count(rule => rule.Contains("table=1,", StringComparison.Ordinal)), 0, Limit);
        Assert.InRange(atSwitch.Rules("br0").Count, 200, int.MaxValue);
    }

    [OpenVSwitchFact]
    public async Task A_no_op_edit_touches_no_rule_of_a_real_switch_and_a_changed_rule_only_its_own()
    {
        using var folder = new TemporaryFolder();
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(folder, 0);
        atSwitch.AddBridge("br0", "0000000000000001", $"tcp:127.0.0.1:{PortOf(controller)}");
        await ConnectedAsync(controller);
        Assert.True(controller.Switches.Switches["br0"].Identity.HasBundles);
        var chain = Filter(1000);
        await controller.CreateAsync(chain);
        await controller.ReadyAsync("edge");
        var rules = atSwitch.Rules("br0");
        var sent = controller.Logged(RulesSent).Count;

        chain.Spec.Functions[0].Firewall.Rules[7].Name = "another name";
        (chain.Spec.Functions[0].Firewall.Rules[1], chain.Spec.Functions[0].Firewall.Rules[900]) =
            (chain.Spec.Functions[0].Firewall.Rules[900], chain.Spec.Functions[0].Firewall.Rules[1]);
        await controller.UpdateAsync(chain);
        await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });
        Assert.Equal(sent, controller.Logged(RulesSent).Count);
        Assert.Equal(rules, atSwitch.Rules("br0"));

        chain.Spec.Functions[0].Firewall.Rules[500].Match.DestinationPort = "9999";
        await controller.UpdateAsync(chain);
        await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 3 });

        // One rule, in both directions, for both IP versions; all others keep the cookie of the revision that installed them.
        var after = atSwitch.Rules("br0");
        Assert.Equal(rules.Count, after.Count);
        Assert.Equal(4, after.Except(rules).Count());
        Assert.Equal(sent + 1, controller.Logged(RulesSent).Count);
    }

    [OpenVSwitchFact]
    public async Task A_killed_switch_is_programmed_again_when_it_is_back_and_rules_of_others_stay()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await ControllerUnderTest.StartAsync(
            change: configuration => configuration with { OpenFlow = ListenAddress.Tcp("*", 0) });
        atSwitch.AddBridge("br0", "0000000000000001", $"tcp:127.0.0.1:{PortOf(controller)}");
        await ConnectedAsync(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        var rules = atSwitch.Rules("br0");

        atSwitch.Kill();
        var lost = await controller.WhenAsync("edge", chain => chain.Condition("SwitchProgrammed").Reason == "SwitchDisconnected");
        await atSwitch.StartDaemonAsync();
        atSwitch.Tamper("add-flow", "br0", "table=30,priority=7,cookie=0x77,ip,actions=drop");
        await controller.ReadyAsync("edge");
        atSwitch.Tamper("del-flows", "br0", "table=1");
        Assert.NotEqual(rules.Count + 1, atSwitch.Rules("br0").Count);
        await Eventually.HoldsAsync("the repair", () => atSwitch.Rules("br0").Count == rules.Count + 1);

        Assert.Equal(V1.ChainState.Degraded, lost.Status.State);
        Assert.Superset(rules.ToHashSet(), atSwitch.Rules("br0").ToHashSet());
        Assert.Contains(atSwitch.Rules("br0"), rule => rule.Contains("table=30", StringComparison.Ordinal));
    }

    [OpenVSwitchFact]
    public async Task A_switch_that_waits_for_its_controller_is_connected_to_and_a_full_table_is_named()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        var port = FreePort();
        await using var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            Switches = [new ConfiguredSwitch("br0", 1, TagKind.Vlan, ListenAddress.Tcp("127.0.0.1", port))],
        });
        atSwitch.AddBridge("br0", "0000000000000001", $"ptcp:{port}:127.0.0.1");
        await ConnectedAsync(controller);
        atSwitch.SetUp("--", "--id=@t", "create", "flow_table", "flow_limit=1", "--", "set", "bridge", "br0", "flow_tables:1=@t");

        await controller.CreateAsync(Specs.Firewall());

        // The status says it only until there is a plan that does without the table.
        await Eventually.HoldsAsync("the refusal", () => controller.Logged(Failed).Any(line => line.Contains("TABLE_FULL", StringComparison.Ordinal)));

        atSwitch.SetUp("clear", "bridge", "br0", "flow_tables");
        await controller.ReadyAsync("edge");
    }

    [OpenVSwitchFact]
    public async Task An_unknown_switch_is_left_alone_and_a_port_that_comes_or_goes_is_noticed()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(null, 0);
        var target = $"tcp:127.0.0.1:{PortOf(controller)}";
        atSwitch.AddBridge("br9", "0000000000000009", target);
        atSwitch.AddBridge("br0", "0000000000000001", target);
        await ConnectedAsync(controller);
        atSwitch.Tamper("add-flow", "br9", "cookie=0x4d00000100010001,actions=drop");

        atSwitch.SetUp("del-port", "br0", "br0p3");
        await Eventually.HoldsAsync("the end of port 3", () => !controller.Switches.Switches["br0"].Ports.ContainsKey(3));
        atSwitch.SetUp("add-port", "br0", "br0p7", "--", "set", "interface", "br0p7", "type=dummy", "ofport_request=7");
        await Eventually.HoldsAsync("port 7", () => controller.Switches.Switches["br0"].Ports.ContainsKey(7));
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");

        Assert.Equal(["br0"], (await controller.SwitchesApi.ListSwitchesAsync(new V1.ListSwitchesRequest())).Switches.Select(each => each.Name));
        Assert.Single(atSwitch.Rules("br9"));
    }

    [OpenVSwitchFact]
    public async Task A_second_switch_with_the_same_datapath_id_is_turned_away_with_a_remark()
    {
        using var first = await OpenVSwitch.StartAsync();
        using var second = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(null, 0);
        var target = $"tcp:127.0.0.1:{PortOf(controller)}";
        first.AddBridge("br0", "0000000000000001", target);
        await ConnectedAsync(controller);
        var address = controller.Switches.Switches["br0"].Identity.Address;
        second.AddBridge("br0", "0000000000000001", target);

        await Eventually.HoldsAsync("the remark", () => controller.Switches.Switches["br0"].Remarks.Any(
            remark => remark == "duplicate datapath id 0000000000000001: 127.0.0.1 is connected with it and answers; 127.0.0.1 was turned away"));

        Assert.Equal(address, controller.Switches.Switches["br0"].Identity.Address);
        Assert.True(controller.Switches.Switches["br0"].Connected);
    }

    /// <summary>A firewall that denies so many TCP ports.</summary>
    private static V1.ServiceChain Filter(int ports)
    {
        var chain = Specs.Firewall();
        chain.Spec.Functions[0].Firewall.Rules.Clear();
        chain.Spec.Functions[0].Firewall.Rules.AddRange(Enumerable.Range(1, ports).Select(port => new V1.FirewallRule
        {
            Name = $"deny-{port}",
            Action = V1.FirewallAction.Deny,
            Match = new V1.PacketMatch { Protocol = "tcp", DestinationPort = $"{port}" },
        }));
        return chain;
    }

    private static Task<ControllerUnderTest> StartAsync(TemporaryFolder? folder, int port) => ControllerUnderTest.StartAsync(
        folder, configuration => configuration with { OpenFlow = ListenAddress.Tcp("127.0.0.1", port) });

    private static int PortOf(ControllerUnderTest controller) => controller.Services.GetRequiredService<SwitchSessions>().EndPoint!.Port;

    private static Task ConnectedAsync(ControllerUnderTest controller) => Eventually.HoldsAsync(
        "the switch with its ports", () => controller.Switches.Switches["br0"] is { Connected: true, Ports.Count: >= 5 });

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
