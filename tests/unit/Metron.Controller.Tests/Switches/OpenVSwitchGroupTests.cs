using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.OpenFlow;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

/// <summary>Groups of a real switch for endpoints with several ports, as the switch's own tools show them.</summary>
public class OpenVSwitchGroupTests
{
    private const string Failover = "group_id=1291845632,type=ff,bucket=watch_port:2,actions=output:2,bucket=watch_port:3,actions=output:3";
    private const string Packet = "in_port=br0p1,udp,nw_src=10.0.0.1,nw_dst=192.0.2.1,nw_ttl=64,udp_src=40000,udp_dst=53";

    public static TheoryData<OpenFlowVersion> Versions => [OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15];

    [OpenVSwitchTheory]
    [MemberData(nameof(Versions))]
    public async Task Groups_are_what_the_version_can_say_are_put_right_and_go_with_their_chain(OpenFlowVersion version)
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(version);
        await ConnectAsync(controller, atSwitch);
        atSwitch.Tamper("add-group", "br0", "group_id=7,type=all,bucket=output:101");
        const string foreign = "group_id=7,type=all,bucket=actions=output:101";

        await controller.CreateAsync(Backed(V1.PortUse.Failover));
        await controller.ReadyAsync("edge");
        Assert.Equal([Failover, foreign], atSwitch.Groups("br0"));
        var rules = atSwitch.Rules("br0");

        foreach (var (command, group) in new[]
        {
            ("mod-group", "group_id=1291845632,type=ff,bucket=watch_port:3,output:3,bucket=watch_port:2,output:2"),
            ("mod-group", "group_id=1291845632,type=select,bucket=output:2"),
            ("del-groups", "group_id=1291845632"),
        })
        {
            atSwitch.Tamper(command, "br0", group);
            Assert.NotEqual([Failover, foreign], atSwitch.Groups("br0"));
            await Eventually.HoldsAsync($"the group and its rules after {command}", () => atSwitch.Groups("br0").SequenceEqual([Failover, foreign]) && atSwitch.Rules("br0").SequenceEqual(rules));
        }

        // The type changes in place, too.
        await controller.UpdateAsync(Backed(V1.PortUse.Spread));
        await controller.ReadyAsync("edge");
        var method = version == OpenFlowVersion.OpenFlow15 ? ",selection_method=dp_hash" : "";
        var spread = $"group_id=1291845632,type=select{method},bucket=watch_port:2,actions=output:2,bucket=watch_port:3,actions=output:3";
        Assert.Equal([spread, foreign], atSwitch.Groups("br0"));
        var changes = controller.Logged(3330).Count;
        await Eventually.HoldsAsync("two more readings", ReadingsAfter(controller, 2));
        Assert.Equal(changes, controller.Logged(3330).Count);

        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "edge" });
        await controller.GoneAsync("edge");
        await Eventually.HoldsAsync("the other's group alone", () => atSwitch.Groups("br0").SequenceEqual([foreign]));
    }

    [OpenVSwitchFact]
    public async Task The_switch_itself_changes_over_to_the_backup_and_back()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(OpenFlowVersion.OpenFlow14);
        await ConnectAsync(controller, atSwitch);
        await controller.CreateAsync(Backed(V1.PortUse.Failover));
        await controller.ReadyAsync("edge");
        var (main, backup, back) = (atSwitch.Trace("br0", Packet), "3", atSwitch.Trace("br0", Packet.Replace("br0p1", "br0p3", StringComparison.Ordinal)));
        Assert.Equal("2", main);
        Assert.Equal("1", back);

        atSwitch.SetLink("br0", 2, isUp: false);
        await Eventually.HoldsAsync("the backup", () => atSwitch.Trace("br0", Packet) == backup);
        await controller.WhenAsync("edge", chain => chain.Status.State == V1.ChainState.Ready && chain.Status.Conditions.Any(condition => condition is { Type: "PortsUp", Reason: "OnBackup" }));

        atSwitch.SetLink("br0", 2, isUp: true);
        await Eventually.HoldsAsync("the main port", () => atSwitch.Trace("br0", Packet) == main);
        await controller.WhenAsync("edge", chain => chain.Condition("PortsUp").Reason == "Up");
        Assert.Equal([Failover], atSwitch.Groups("br0"));
    }

    private static Func<bool> ReadingsAfter(ControllerUnderTest controller, int count)
    {
        var last = controller.Switches.Switches["br0"].ReadTime;
        var seen = 0;
        return () =>
        {
            var now = controller.Switches.Switches["br0"].ReadTime;
            seen += now > last ? 1 : 0;
            last = now;
            return seen >= count;
        };
    }

    private static V1.ServiceChain Backed(V1.PortUse use)
    {
        var chain = Specs.Firewall();
        chain.Spec.Endpoints[1].BackupPorts.Add(3);
        chain.Spec.Endpoints[1].PortUse = use;
        return chain;
    }

    private static Task<ControllerUnderTest> StartAsync(OpenFlowVersion version) => ControllerUnderTest.StartAsync(change: configuration => configuration with
    {
        OpenFlow = ListenAddress.Tcp("127.0.0.1", 0),
        OpenFlowSessions = configuration.OpenFlowSessions with { Versions = VersionSet.Of(version) },
        Switches = [new ConfiguredSwitch("br0", 1, TagKind.Vlan)],
        Timings = configuration.Timings with { ReconcileInterval = TimeSpan.FromMilliseconds(200) },
    });

    private static async Task ConnectAsync(ControllerUnderTest controller, OpenVSwitch atSwitch)
    {
        var port = controller.Services.GetRequiredService<SwitchSessions>().EndPoint!.Port;
        atSwitch.AddBridge("br0", "0000000000000001", $"tcp:127.0.0.1:{port}", "OpenFlow13,OpenFlow14,OpenFlow15");
        await Eventually.HoldsAsync("the switch with its ports", () => controller.Switches.Switches["br0"] is { Connected: true, Ports.Count: >= 5 });
    }
}
