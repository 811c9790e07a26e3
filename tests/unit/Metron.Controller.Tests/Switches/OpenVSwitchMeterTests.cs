using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Microsoft.Extensions.DependencyInjection;

namespace Metron.Controller.Tests.Switches;

/// <summary>Meters of a real switch that enforce limits of policers.</summary>
public class OpenVSwitchMeterTests
{
    [OpenVSwitchFact]
    public async Task Meters_come_with_their_chain_are_put_right_and_go_with_it_and_others_are_left_alone()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(usesMeters: true);
        await ConnectAsync(controller, atSwitch);
        await using var agent = await FakeAgent.ConnectAsync(controller);
        atSwitch.Tamper("add-meter", "br0", "meter=7,pktps,band=type=drop,rate=5");

        await controller.CreateAsync(Limited(100));
        await controller.ReadyAsync("web");
        Assert.Equal(["meter=7 pktps bands= type=drop rate=5", "meter=19712 pktps burst bands= type=drop rate=100 burst_size=50"], Meters(atSwitch));
        Assert.All(atSwitch.Rules("br0").Where(IsEntrance), rule => Assert.Contains("meter:19712", rule, StringComparison.Ordinal));
        Assert.Equal(1u, Assert.Single(agent.Deploys.Last().MeteredLimits).Ports);

        // Someone changes it, then deletes it, and its rules go with it.
        var rules = atSwitch.Rules("br0");
        atSwitch.Tamper("mod-meter", "br0", "meter=19712,pktps,burst,band=type=drop,rate=9,burst_size=9");
        await Eventually.HoldsAsync("the right rate", () => Meters(atSwitch).Any(meter => meter.Contains("rate=100 burst_size=50", StringComparison.Ordinal)));
        atSwitch.Tamper("del-meter", "br0", "meter=19712");
        Assert.NotEqual(rules, atSwitch.Rules("br0"));
        await Eventually.HoldsAsync("meter and rules", () => Meters(atSwitch).Count == 2 && atSwitch.Rules("br0").SequenceEqual(rules));

        // Another rate is another meter, made before the rules change to it.
        await controller.UpdateAsync(Limited(200));
        await controller.ReadyAsync("web");
        await Eventually.HoldsAsync("the new meter alone", () => Meters(atSwitch) is [_, var meter] && meter.StartsWith("meter=19713", StringComparison.Ordinal));
        Assert.Contains(Meters(atSwitch), meter => meter.Contains("rate=200", StringComparison.Ordinal));

        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "web" });
        await controller.GoneAsync("web");
        await Eventually.HoldsAsync("the other's meter alone", () => Meters(atSwitch) is [var left] && left.StartsWith("meter=7", StringComparison.Ordinal));
    }

    [OpenVSwitchFact]
    public async Task A_switch_whose_meters_are_not_to_be_used_gets_none()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(usesMeters: false);
        await ConnectAsync(controller, atSwitch);
        await using var agent = await FakeAgent.ConnectAsync(controller);

        await controller.CreateAsync(Limited(100));
        await controller.ReadyAsync("web");

        Assert.Empty(Meters(atSwitch));
        Assert.DoesNotContain(atSwitch.Rules("br0"), rule => rule.Contains("meter", StringComparison.Ordinal));
    }

    [OpenVSwitchFact]
    public async Task A_port_that_goes_down_is_named_by_the_chain_that_uses_it_until_it_is_up_again()
    {
        using var atSwitch = await OpenVSwitch.StartAsync();
        await using var controller = await StartAsync(usesMeters: false);
        await ConnectAsync(controller, atSwitch);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");

        atSwitch.Tamper("mod-port", "br0", "2", "down");
        var down = await controller.WhenAsync("edge", chain => chain.Status.Conditions.Any(condition => condition is { Type: "PortsUp", Reason: "PortDown" }));
        Assert.Contains("is down: endpoint b.", down.Condition("PortsUp").Message, StringComparison.Ordinal);
        Assert.Equal(V1.ChainState.Degraded, down.Status.State);

        atSwitch.Tamper("mod-port", "br0", "2", "up");
        await controller.ReadyAsync("edge");
    }

    private static bool IsEntrance(string rule) => rule.Contains("in_port=", StringComparison.Ordinal) && rule.Contains("goto_table", StringComparison.Ordinal)
        && (rule.Contains("in_port=1,", StringComparison.Ordinal) || rule.Contains("in_port=br0p1", StringComparison.Ordinal));

    /// <summary>One line for each meter.</summary>
    private static List<string> Meters(OpenVSwitch atSwitch) => [.. string.Join(' ', atSwitch.Meters("br0"))
        .Split("meter=", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text => $"meter={text}")];

    private static V1.ServiceChain Limited(ulong packetsPerSecond)
    {
        var chain = Specs.Monitor();
        chain.Spec.Functions[0] = new V1.NetworkFunction
        {
            Name = "count",
            Policer = new V1.Policer { Limits = { new V1.PolicerLimit { Name = "all", From = V1.Side.Inside, PacketsPerSecond = packetsPerSecond, Burst = 50 } } },
        };
        return chain;
    }

    private static Task<ControllerUnderTest> StartAsync(bool usesMeters) => ControllerUnderTest.StartAsync(change: configuration => configuration with
    {
        OpenFlow = ListenAddress.Tcp("127.0.0.1", 0),
        Switches = [new ConfiguredSwitch("br0", 1, TagKind.Vlan) { UsesMeters = usesMeters }],
    });

    private static async Task ConnectAsync(ControllerUnderTest controller, OpenVSwitch atSwitch)
    {
        var port = controller.Services.GetRequiredService<SwitchSessions>().EndPoint!.Port;
        atSwitch.AddBridge("br0", "0000000000000001", $"tcp:127.0.0.1:{port}");
        await Eventually.HoldsAsync("the switch with its ports", () => controller.Switches.Switches["br0"] is { Connected: true, Ports.Count: >= 5 });
    }
}
