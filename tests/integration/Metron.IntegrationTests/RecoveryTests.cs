using Metron.IntegrationTests.Lab;
using Xunit.Abstractions;

namespace Metron.IntegrationTests;

/// <summary>Parts die and come back; the operator's intent is in force again without anyone's doing.</summary>
public class RecoveryTests(VlanLab fixture, ITestOutputHelper output) : LabTests(fixture, output), IClassFixture<VlanLab>
{
    [LabFact]
    public async Task A_controller_that_is_killed_and_restarted_loses_no_packet_and_changes_no_rule()
    {
        var before = await Lab.ApplyAsync(Chains.Sample());
        await using var changes = await Lab.Network.WatchFlowsAsync();
        await using var packets = await Lab.Traffic.StartNumberedAsync("203.0.113.10");

        await Lab.Controller.KillAsync();
        await Lab.StartControllerAsync();
        await Lab.SwitchConnectsAsync();
        await Lab.AgentConnectsAsync();
        var after = await Lab.ReadyAsync("web");

        (await TrafficSource.ResultAsync(packets)).NothingWasLost();
        Assert.DoesNotContain("event=", changes.Output, StringComparison.Ordinal);
        Assert.Equal(before.Spec, after.Spec);
        Assert.Equal(before.Etag, after.Etag);
        Assert.Equal(before.Status.Placements, after.Status.Placements);
    }

    [LabFact]
    public async Task A_chain_can_still_be_changed_and_deleted_after_a_restart_of_the_controller()
    {
        await Lab.ApplyAsync(Chains.Sample());
        await Lab.Controller.KillAsync();
        await Lab.StartControllerAsync();

        await Lab.ApplyAsync(Chains.Line("web", Chains.Router()));
        (await Lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
        await Lab.DeleteAsync("web");

        Assert.DoesNotContain("cookie=0x4d", await Lab.Network.OfctlAsync("dump-flows"), StringComparison.Ordinal);
    }

    [LabFact]
    public async Task An_agent_that_is_killed_and_restarted_is_deployed_again()
    {
        await Lab.ApplyAsync(Chains.Sample());
        await Lab.Agent.KillAsync();
        await Eventually.HoldsAsync("the chain is no longer ready", async () =>
        {
            var chain = await Lab.Client.Chains.GetServiceChainAsync(new V1.GetServiceChainRequest { Name = "web" });
            return chain.Status.State == V1.ChainState.Degraded ? null : chain.Status.ToString();
        });

        await Lab.StartAgentAsync();
        await Lab.ReadyAsync("web");

        (await Lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
    }

    [LabFact]
    public async Task A_switch_that_is_killed_and_restarted_is_programmed_again()
    {
        await Lab.ApplyAsync(Chains.Sample());
        var rules = (await Lab.SwitchAsync()).Rules.Count;
        Assert.True(rules > 0);

        await Lab.Network.SwitchAsync("kill");
        await Lab.Network.SwitchAsync("start");
        await Eventually.HoldsAsync("the rules are back", async () =>
        {
            var now = await Lab.SwitchAsync();
            return now.Connected && now.Rules.Count == rules ? null : $"connected: {now.Connected}, rules: {now.Rules.Count}";
        }, 30);
        await Lab.ReadyAsync("web");

        (await Lab.Traffic.NumberedAsync("203.0.113.10")).NothingWasLost();
    }

    [LabFact]
    public async Task Rules_that_someone_else_removed_are_put_back_and_rules_of_others_stay()
    {
        await Lab.ApplyAsync(Chains.Sample());
        var rules = (await Lab.SwitchAsync()).Rules.Count;
        await Lab.Network.OfctlAsync("add-flow", "table=0,priority=1,cookie=0x77,in_port=3,actions=drop");

        await Lab.Network.OfctlAsync("del-flows", "table=20");

        await Eventually.HoldsAsync("the rules are back", async () =>
        {
            var now = (await Lab.SwitchAsync()).Rules.Count;
            return now == rules ? null : $"{now} of {rules} rules";
        }, 40);
        Assert.Contains("cookie=0x77", await Lab.Network.OfctlAsync("dump-flows"), StringComparison.Ordinal);
        await Lab.Network.OfctlAsync("del-flows", "cookie=0x77/-1");
    }
}
