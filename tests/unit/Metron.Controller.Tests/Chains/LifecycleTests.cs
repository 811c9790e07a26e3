using System.Collections.Concurrent;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Tests.Chains;

public class LifecycleTests
{
    [Fact]
    public async Task A_chain_is_deployed_on_its_server_before_its_rules_go_to_the_switch_and_its_entrances_come_last()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await using var agent = await FakeAgent.ConnectAsync(controller);
        var deployedFirst = true;
        atSwitch.BeforeApply = () =>
        {
            deployedFirst &= !agent.Running.IsEmpty;
            return Task.CompletedTask;
        };

        await controller.CreateAsync(Specs.Monitor());
        var chain = await controller.ReadyAsync("web");

        Assert.True(deployedFirst);
        Assert.Equal(1, chain.Status.RunningRevision);
        Assert.Equal("s1", Assert.Single(chain.Status.Placements).Server);
        Assert.NotEmpty(chain.Status.TrafficClasses);
        Assert.Equal((uint)atSwitch.Rules.Count(rule => IsOf(rule, chain: 1)), chain.Status.SwitchRules);
        Assert.Equal(["web"], agent.Deploys.Select(program => program.Chain));
        Assert.All(chain.Status.Conditions, condition => Assert.Equal(V1.ConditionStatus.True, condition.Status));
        Assert.Equal(V1.VerificationResult.Verified, chain.Status.Verification.Result);
        Assert.Equal(1, chain.Status.Verification.Revision);
        Assert.NotEmpty(chain.Status.Verification.Checked);
        Assert.Equal(2, atSwitch.Batches.Count);
        Assert.All(atSwitch.Batches[1], message => Assert.Equal(0, message.Table));
    }

    [Fact]
    public async Task A_chain_that_only_filters_uses_no_server()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);

        await controller.CreateAsync(Specs.Firewall());
        var chain = await controller.ReadyAsync("edge");

        Assert.Empty(chain.Status.Placements);
        Assert.Equal("NoServerNeeded", chain.Condition("ServersProgrammed").Reason);
        Assert.Equal("SwitchOnly", chain.Condition("Placed").Reason);
    }

    [Fact]
    public async Task A_change_brings_the_new_revision_up_before_the_old_one_goes()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, atSwitch, agent) = running;
        var events = new ConcurrentQueue<string>();
        atSwitch.OnBatch = batch => events.Enqueue(Describe(batch));
        agent.OnDeploy = program =>
        {
            events.Enqueue($"deploy {program.Revision}");
            return string.Empty;
        };
        agent.OnUndeploy = undeploy => events.Enqueue($"undeploy {undeploy.Revision}");

        var changed = Specs.Monitor(to: 3);
        await controller.UpdateAsync(changed);
        var chain = await controller.ReadyAsync("web");
        await Eventually.HoldsAsync("the end of the old program", () => agent.Running.Count == 1);

        Assert.Equal(2, chain.Status.RunningRevision);
        Assert.Equal(
            ["deploy 2", "add inner 2", "add entrances 2", "delete entrances 1", "delete inner 1", "delete entrances 1", "undeploy 1"], events);
        Assert.DoesNotContain(atSwitch.Rules, rule => IsOf(rule, chain: 1) && RevisionOf(rule) == 1);
    }

    [Fact]
    public async Task A_change_that_compiles_to_the_same_sends_nothing_and_is_in_force_at_once()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, atSwitch, agent) = running;
        var batches = atSwitch.Batches.Count;

        var changed = Specs.Monitor();
        changed.Spec.Resources = new V1.Resources { MaxCores = 2 };
        await controller.UpdateAsync(changed);
        var chain = await controller.ReadyAsync("web");

        Assert.Equal(2, chain.Status.RunningRevision);
        Assert.Equal(batches, atSwitch.Batches.Count);
        Assert.Single(agent.Deploys);
    }

    [Fact]
    public async Task A_deleted_chain_is_listed_until_switch_and_server_have_let_go_of_it()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, atSwitch, agent) = running;
        var release = new TaskCompletionSource();
        atSwitch.BeforeApply = () => release.Task;

        await controller.Chains.DeleteServiceChainAsync(new V1.DeleteServiceChainRequest { Name = "web" });
        var deleting = await controller.GetAsync("web");
        release.SetResult();
        await controller.GoneAsync("web");

        Assert.Equal(V1.ChainState.Deleting, deleting.Status.State);
        Assert.DoesNotContain(atSwitch.Rules, rule => IsOf(rule, chain: 1));
        Assert.Empty(agent.Running);
    }

    [Fact]
    public async Task A_chain_waits_for_a_server_and_is_brought_up_when_one_connects()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch();
        atSwitch.Connect(controller);
        await controller.CreateAsync(Specs.Monitor());
        var waiting = await controller.WhenAsync("web", chain => chain.Status.Conditions.Any(c => c is { Type: "Placed", Reason: "NoServer" }));
        Assert.Equal(V1.ChainState.Pending, waiting.Status.State);
        Assert.Empty(atSwitch.Rules);

        await using var agent = await FakeAgent.ConnectAsync(controller);

        await controller.ReadyAsync("web");
    }

    [Fact]
    public async Task A_server_that_refuses_a_program_is_named_with_its_reason_and_the_old_revision_stays_in_force()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, atSwitch, agent) = running;
        var rules = atSwitch.Rules;

        agent.OnDeploy = _ => "no memory for 1 more program";
        await controller.UpdateAsync(Specs.Monitor(to: 3));
        var chain = await controller.WhenAsync("web", chain => chain.Condition("ServersProgrammed").Reason == "DeployFailed");

        Assert.Contains("no memory for 1 more program", chain.Condition("ServersProgrammed").Message, StringComparison.Ordinal);
        Assert.Equal(V1.ChainState.Degraded, chain.Status.State);
        Assert.Equal(1, chain.Status.RunningRevision);
        Assert.Equal(rules, atSwitch.Rules);

        agent.OnDeploy = _ => string.Empty;
        await controller.ReadyAsync("web");
    }

    [Fact]
    public async Task Rules_that_a_switch_refuses_are_named_and_taken_back_and_the_old_revision_stays_in_force()
    {
        await using var running = await RunningChain.StartAsync();
        var (controller, atSwitch, agent) = running;
        var rules = atSwitch.Rules;

        atSwitch.Refuse = message => message.Table == 20 && RevisionOf(message) == 2 && message.Command == FlowModCommand.Add ? "OFPFMFC_TABLE_FULL" : null;
        await controller.UpdateAsync(Specs.Monitor(to: 3));
        var chain = await controller.WhenAsync("web", chain => chain.Condition("SwitchProgrammed").Reason == "RulesRefused");

        Assert.Contains("OFPFMFC_TABLE_FULL", chain.Condition("SwitchProgrammed").Message, StringComparison.Ordinal);
        Assert.Equal(1, chain.Status.RunningRevision);
        await Eventually.HoldsAsync("the taking back", () => atSwitch.Rules.Where(rule => IsOf(rule, chain: 1)).ToHashSet().SetEquals(rules.Where(rule => IsOf(rule, chain: 1))));

        // The operator mends it: the revision that failed is overtaken.
        await controller.UpdateAsync(Specs.Monitor());
        await controller.WhenAsync("web", chain => chain.Status is { State: V1.ChainState.Ready, RunningRevision: 3 });
        await Eventually.HoldsAsync("the end of the programs before", () => agent.Running.Count == 1);
    }

    [Fact]
    public async Task Two_chains_at_different_ports_run_side_by_side_and_the_refusal_of_one_does_not_hold_up_the_other()
    {
        await using var controller = await ControllerUnderTest.StartAsync();
        var atSwitch = new FakeSwitch { Refuse = message => IsOf(message, chain: 1) && message.Table > 0 ? "OFPFMFC_TABLE_FULL" : null };
        atSwitch.Connect(controller);
        await using var agent = await FakeAgent.ConnectAsync(controller);

        await controller.CreateAsync(Specs.Monitor("first", 1, 2));
        await controller.CreateAsync(Specs.Monitor("second", 3, 4));
        await controller.ReadyAsync("second");
        var first = await controller.WhenAsync("first", chain => chain.Condition("SwitchProgrammed").Reason == "RulesRefused");

        Assert.Equal(0, first.Status.RunningRevision);
    }

    internal static bool IsOf(FlowMod message, uint chain) => Cookie.TryRead(message.Cookie, out var cookie) && cookie.Chain == chain;

    internal static int RevisionOf(FlowMod message) => Cookie.TryRead(message.Cookie, out var cookie) ? cookie.Revision : -1;

    private static string Describe(IReadOnlyList<FlowMod> batch)
    {
        var verb = batch[0].Command == FlowModCommand.Add ? "add" : "delete";
        var isEntrance = verb == "add" ? batch.All(message => message.Table == 0) : batch.All(message => message.Table == 0);
        return $"{verb} {(isEntrance ? "entrances" : "inner")} {string.Join(',', batch.Where(m => !IsOf(m, 0)).Select(RevisionOf).Distinct())}";
    }
}
