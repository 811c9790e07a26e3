using Metron.Controller.Configuration;
using Metron.OpenFlow;

namespace Metron.Controller.Tests.Switches;

/// <summary>What someone did to a switch's rules behind the controller's back is told apart, said, and put right or left.</summary>
public class DriftTests
{
    private const int DriftEvent = 3220;

    private static readonly FlowMod Foreign = new() { Table = 7, Priority = 7, Cookie = 0x1234 };
    private static readonly FlowMod LeftOver = new() { Table = 3, Priority = 9, Cookie = 0x4d00_0009_0001_0001 };

    [Fact]
    public async Task Missing_altered_left_over_and_foreign_rules_are_told_apart_and_all_but_the_last_put_right()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var (atSwitch, rules) = await ProgramAsync(controller);

        Damage(atSwitch);
        var seen = await WhenAsync(controller, drift => drift.LastRepaired);

        Assert.Equal("2 rules missing, 1 altered, 1 left over", seen.Last);
        Assert.Equal((V1.DriftPolicy.Repair, 0U, 0U, 0U, 1U), (seen.Policy, seen.Missing, seen.Altered, seen.LeftOver, seen.Foreign));
        Assert.True(atSwitch.Rules.ToHashSet().SetEquals([.. rules, Foreign]));
        Assert.Equal((V1.DriftKind.Foreign, string.Empty), Assert.Single(seen.Rules.Select(rule => (rule.Kind, rule.Chain))));
        Assert.Contains("2 rules missing, 1 altered, 1 left over; it is put right", Assert.Single(controller.Logged(DriftEvent)), StringComparison.Ordinal);
        var metrics = await controller.Http.GetStringAsync("/metrics");
        Assert.Contains("metron_switch_drifted_rules{switch=\"br0\",kind=\"foreign\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("metron_switch_drifted_rules{switch=\"br0\",kind=\"missing\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("metron_switch_drifted_rules_total{switch=\"br0\",kind=\"missing\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Equal(V1.ChainState.Ready, (await controller.ReadyAsync("edge")).Status.State);
    }

    [Fact]
    public async Task By_policy_alarm_it_is_said_and_left_until_the_chain_is_changed()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: WithAlarm);
        var (atSwitch, _) = await ProgramAsync(controller);

        Damage(atSwitch);
        var damaged = atSwitch.Rules.ToHashSet();
        var batches = atSwitch.Batches.Count;
        var chain = await controller.WhenAsync("edge", chain => chain.Condition("SwitchProgrammed").Reason == "Drifted");
        var drift = (await GetAsync(controller)).Drift;

        Assert.Equal(V1.ChainState.Degraded, chain.Status.State);
        Assert.Contains("2 rules missing, 1 altered, 1 left over", chain.Condition("SwitchProgrammed").Message, StringComparison.Ordinal);
        Assert.Equal((V1.DriftPolicy.Alarm, 2U, 1U, 1U, 1U), (drift.Policy, drift.Missing, drift.Altered, drift.LeftOver, drift.Foreign));
        Assert.Equal(["edge", "edge", "edge", "", ""], drift.Rules.Select(rule => rule.Chain));
        Assert.False(drift.LastRepaired);

        // Read again, it is the same drift, and still nothing is sent.
        var read = controller.Switches.Switches["br0"].ReadTime;
        await Eventually.HoldsAsync("another read", () => controller.Switches.Switches["br0"].ReadTime > read);
        Assert.Equal(batches, atSwitch.Batches.Count);
        Assert.True(damaged.SetEquals(atSwitch.Rules));
        Assert.Single(controller.Logged(DriftEvent));

        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });
        Assert.Contains(LeftOver, atSwitch.Rules);
    }

    [Fact]
    public async Task A_switch_that_was_restarted_gets_its_rules_back_by_any_policy()
    {
        await using var controller = await ControllerUnderTest.StartAsync(change: WithAlarm);
        var (atSwitch, rules) = await ProgramAsync(controller);

        controller.Switches.Disconnect("br0", atSwitch, "restarted");
        atSwitch.Forget();
        atSwitch.Connect(controller);
        var seen = await WhenAsync(controller, drift => drift.LastRepaired);

        Assert.Equal($"all rules lost ({rules.Count}): the switch was restarted or cleared", seen.Last);
        Assert.True(atSwitch.Rules.ToHashSet().SetEquals(rules));
    }

    [Fact]
    public async Task Changes_of_chains_are_no_drift()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var (_, _) = await ProgramAsync(controller);
        await controller.UpdateAsync(Specs.Firewall(deniedPort: "23"));
        await controller.WhenAsync("edge", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 2 });
        await controller.CreateAsync(Specs.Monitor(from: 3, to: 4));
        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "edge" });
        await controller.GoneAsync("edge");

        Assert.Empty(controller.Logged(DriftEvent));
        Assert.Null((await GetAsync(controller)).Drift.LastTime);
    }

    private static ControllerConfiguration WithAlarm(ControllerConfiguration configuration) => configuration with
    {
        Switches = [configuration.Switches[0] with { DriftPolicy = DriftPolicy.Alarm }],
    };

    private static async Task<(FakeSwitch Switch, HashSet<FlowMod> Rules)> ProgramAsync(ControllerUnderTest controller)
    {
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Firewall());
        await controller.ReadyAsync("edge");
        return (atSwitch, atSwitch.Rules.ToHashSet());
    }

    private static void Damage(FakeSwitch atSwitch)
    {
        var stages = atSwitch.Rules.Where(rule => rule.Table > 0).Take(3).ToList();
        atSwitch.Tamper(rule => rule == stages[0] || rule == stages[1] ? null : rule == stages[2] ? rule with { Instructions = [new ClearActionsInstruction()] } : rule);
        atSwitch.Slip(LeftOver);
        atSwitch.Slip(Foreign);
    }

    private static async Task<V1.Switch> GetAsync(ControllerUnderTest controller) =>
        await controller.SwitchesApi.GetSwitchAsync(new V1.GetSwitchRequest { Name = "br0" });

    private static async Task<V1.SwitchDrift> WhenAsync(ControllerUnderTest controller, Func<V1.SwitchDrift, bool> condition)
    {
        V1.SwitchDrift? drift = null;
        await Eventually.HoldsAsync("the drift", () => (drift = GetAsync(controller).GetAwaiter().GetResult().Drift) is not null && condition(drift));
        return drift!;
    }
}
