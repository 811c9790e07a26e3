using Grpc.Core;
using Metron.Controller.Configuration;
using Metron.Controller.Switches;
using Metron.NetworkFunctions.Chains;
using Metron.OpenFlow;

namespace Metron.Controller.Tests.Switches;

public class SwitchesServiceTests
{
    [Fact]
    public async Task A_switch_is_shown_with_its_ports_and_each_rule_with_its_chain_and_purpose()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller, 1, 2);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        await atSwitch.ApplyAsync([new FlowMod { Table = 9, Cookie = 0x4d00_0001_0009_0001 }, new FlowMod { Table = 10, Cookie = 5 }], ChangePace.BesideTraffic, CancellationToken.None);

        var shown = await controller.SwitchesApi.GetSwitchAsync(new V1.GetSwitchRequest { Name = "br0", IncludeRules = true });
        var without = await controller.SwitchesApi.GetSwitchAsync(new V1.GetSwitchRequest { Name = "br0" });

        Assert.Equal("0000000000000001", shown.DatapathId);
        Assert.Equal((true, "1.4", V1.TagKind.Vlan), (shown.Connected, shown.OpenflowVersion, shown.Tagging));
        Assert.Equal([1u, 2u], shown.Ports.Select(port => port.Number));
        Assert.Empty(without.Rules);
        Assert.Equal((int)shown.IntendedRules + 1, shown.Rules.Count);
        Assert.Contains(shown.Rules, rule => rule.Chain == "edge" && rule.Purpose.Contains("deny", StringComparison.Ordinal));
        var stray = Assert.Single(shown.Rules, rule => rule.Table == 9);
        Assert.Equal(("edge", "left over, about to be removed"), (stray.Chain, stray.Purpose));
        Assert.All(shown.Rules, rule => Assert.StartsWith($"table={rule.Table},priority={rule.Priority},", rule.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_switch_that_is_away_is_listed_but_its_rules_cannot_be_read()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: configuration => configuration with
        {
            Switches = [new ConfiguredSwitch("b", 2, TagKind.Mac), new ConfiguredSwitch("a", 1, TagKind.Vlan)],
        });

        var list = await controller.SwitchesApi.ListSwitchesAsync(new V1.ListSwitchesRequest());
        var rules = await Assert.ThrowsAsync<RpcException>(async () => await controller.SwitchesApi.GetSwitchAsync(
            new V1.GetSwitchRequest { Name = "a", IncludeRules = true }));
        var unknown = await Assert.ThrowsAsync<RpcException>(async () => await controller.SwitchesApi.GetSwitchAsync(new V1.GetSwitchRequest { Name = "c" }));

        Assert.Equal(["a", "b"], list.Switches.Select(each => each.Name));
        Assert.Equal([V1.TagKind.Vlan, V1.TagKind.Mac], list.Switches.Select(each => each.Tagging));
        Assert.All(list.Switches, each => Assert.False(each.Connected));
        Assert.Equal(StatusCode.Unavailable, rules.StatusCode);
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_remark_is_kept_once_and_old_ones_make_room()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        for (var i = 0; i < 40; i++)
        {
            controller.Switches.Remark("br0", $"remark {i}");
            controller.Switches.Remark("br0", "remark 39");
        }

        var remarks = (await controller.SwitchesApi.GetSwitchAsync(new V1.GetSwitchRequest { Name = "br0" })).Remarks;

        Assert.Equal(32, remarks.Count);
        Assert.Single(remarks, "remark 39");
        Assert.DoesNotContain("remark 0", remarks);
    }
}
