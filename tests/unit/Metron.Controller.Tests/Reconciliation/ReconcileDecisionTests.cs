using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Reconciliation;
using Metron.Controller.Store;
using Metron.OpenFlow;
using Metron.Orchestration;

namespace Metron.Controller.Tests.Reconciliation;

public class ReconcileDecisionTests
{
    private static readonly PlanState[] _nothing = [];

    [Fact]
    public void A_chain_without_plan_is_planned_once_until_something_changes()
    {
        var world = new Worlds().Chain(1).Installed(_nothing);

        Assert.Equal([new PlanChain("web")], Decide(world).Local);
        Assert.Empty(Decide(world.PlanningWasTried()).Local);
    }

    [Fact]
    public void A_prepared_plan_goes_to_its_server_and_nothing_of_it_to_the_switch()
    {
        var plan = Worlds.Plan(1, PlanPhase.Prepared);

        var decision = Decide(new Worlds().Chain(1, plans: plan).Server("s1").Installed(_nothing));

        Assert.Equal([new Deploy("s1", plan)], decision.Remote);
        Assert.Empty(decision.Local);
    }

    [Fact]
    public void A_plan_is_committed_when_every_server_runs_it()
    {
        var plan = Worlds.Plan(1, PlanPhase.Prepared);

        var decision = Decide(new Worlds().Chain(1, plans: plan).Server("s1", running: plan).Installed(_nothing));

        AssertPhases(decision, (1, PlanPhase.Committed));
    }

    [Fact]
    public void A_program_of_the_same_revision_with_another_content_is_dropped_first()
    {
        var plan = Worlds.Plan(1, PlanPhase.Prepared);
        var world = new Worlds().Chain(1, plans: plan).Server("s1").ServerRuns("s1", new DeployedProgram("web", 1, "another", [0])).Installed(_nothing);

        Assert.Equal([new Undeploy("s1", "web", 1)], Decide(world).Remote);
    }

    [Fact]
    public void A_committed_plan_runs_when_its_rules_were_all_read_back_and_the_one_before_drains()
    {
        var (before, plan) = Two(PlanPhase.Running, PlanPhase.Committed);
        var chain = new Worlds().Chain(2, plans: [before, plan]).Server("s1", true, before, plan);

        var missing = Decide(chain.Installed([before]));
        var busy = Decide(chain.Installed([plan], before).SwitchBeingProgrammed());
        var there = Decide(new Worlds().Chain(2, plans: [before, plan]).Server("s1", true, before, plan).Installed([plan], before));

        Assert.IsType<ProgramSwitch>(Assert.Single(missing.Remote));
        Assert.Empty(missing.Local);
        Assert.Empty(busy.Local);
        AssertPhases(there, (2, PlanPhase.Running), (1, PlanPhase.Draining));
    }

    [Fact]
    public void A_new_plan_is_verified_before_anything_of_it_is_sent()
    {
        var plan = Worlds.Plan(1, PlanPhase.Prepared, verdict: null);
        var world = new Worlds().Chain(1, plans: plan).Server("s1").Installed([]);

        var first = Decide(world);
        var busy = Decide(world.Doing(new RemoteKey(RemoteKind.Verify, "", "web", 1)));

        Assert.Equal([new VerifyPlan(plan)], first.Remote);
        Assert.Empty(first.Local);
        Assert.Empty(busy.Remote);
        Assert.Empty(busy.Local);
    }

    [Theory]
    [InlineData(VerificationVerdict.Verified)]
    [InlineData(VerificationVerdict.VerifiedBySampling)]
    [InlineData(VerificationVerdict.NotVerifiable)]
    public void A_plan_without_a_counterexample_is_sent(VerificationVerdict verdict)
    {
        var plan = Worlds.Plan(1, PlanPhase.Prepared, verdict: verdict);

        Assert.Equal([new Deploy("s1", plan)], Decide(new Worlds().Chain(1, plans: plan).Server("s1").Installed([])).Remote);
    }

    [Fact]
    public void A_refuted_plan_is_never_sent_and_the_one_in_force_stays()
    {
        var running = Worlds.Plan(1, PlanPhase.Running);
        var refuted = Worlds.Plan(2, PlanPhase.Prepared, verdict: VerificationVerdict.Refuted, held: running);
        var world = new Worlds().Chain(2, plans: [running, refuted]).Server("s1", true, running).Installed([running]);

        var decision = Decide(world);
        var conditions = ConditionRules.Of(world.Build().Chains["web"], world.Build());

        Assert.Empty(decision.Local);
        Assert.Empty(decision.Remote);
        var verified = Assert.Single(conditions, condition => condition.Type == ConditionTypes.Verified);
        Assert.Equal((false, "Refuted"), (verified.Holds, verified.Reason));
        Assert.Contains("entering at clients: as written, it passes; as compiled, it is dropped. Revision 1 stays in force.", verified.Message, StringComparison.Ordinal);
        Assert.Equal((false, "NotInForce"), (conditions[^1].Holds, conditions[^1].Reason));
        Assert.Contains("Verified", conditions[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_in_force_is_looked_at_after_a_start_of_the_controller_and_goes_on_meanwhile()
    {
        var running = Worlds.Plan(1, PlanPhase.Running, verdict: null);
        var world = new Worlds().Chain(1, plans: running).Server("s1", true, running).Installed([running]);

        Assert.Equal([new VerifyPlan(running)], Decide(world).Remote);
        Assert.True(ConditionRules.Of(world.Build().Chains["web"], world.Build())[^1].Holds);
    }

    [Fact]
    public void A_prepared_plan_overtakes_one_that_the_switch_never_took()
    {
        var (running, committed) = Two(PlanPhase.Running, PlanPhase.Committed);
        var prepared = Worlds.Plan(3, PlanPhase.Prepared, held: [running, committed]);
        var world = new Worlds().Chain(3, plans: [running, committed, prepared]).Server("s1", true, running, committed, prepared).Installed([running]);

        AssertPhases(Decide(world), (3, PlanPhase.Committed), (2, PlanPhase.Draining));
    }

    [Fact]
    public void Additions_come_before_deletions_and_entrances_after_what_they_lead_to()
    {
        var (before, plan) = Two(PlanPhase.Running, PlanPhase.Committed);
        var world = new Worlds().Chain(2, plans: [before, plan]).Server("s1", true, before, plan).Installed([before]);

        var change = Assert.IsType<ProgramSwitch>(Assert.Single(Decide(world).Remote)).Change;

        Assert.Equal(["add stages and tags", "add entrances", "delete entrances", "delete the rest"], change.Phases.Select(phase => phase.Name));
        Assert.All(change.Phases.Take(2).SelectMany(phase => phase.FlowMods), message => Assert.Equal(FlowModCommand.Add, message.Command));
        Assert.All(change.Phases.Skip(2).SelectMany(phase => phase.FlowMods), message => Assert.Equal(FlowModCommand.DeleteStrict, message.Command));
    }

    [Fact]
    public void Where_intent_and_reality_agree_nothing_is_done_until_the_next_read()
    {
        var plan = Worlds.Plan(1, PlanPhase.Running);
        var world = new Worlds().Chain(1, plans: plan).Server("s1", running: plan).Installed([plan]);

        var decision = Decide(world);
        var later = Decide(world.ReadAt(Worlds.Now.AddSeconds(-10)));

        Assert.Empty(decision.Local);
        Assert.Empty(decision.Remote);
        Assert.Equal(Worlds.Now.AddSeconds(10), decision.WakeAt);
        Assert.Equal([new ReadSwitch("br0")], later.Remote);
    }

    [Fact]
    public void A_draining_plan_waits_for_its_entrances_to_go_then_for_the_drain_time()
    {
        var (before, plan) = Two(PlanPhase.Draining, PlanPhase.Running);
        Worlds Start(double? since = null)
        {
            var draining = since is { } seconds ? before.DrainingSince(Worlds.Now.AddSeconds(seconds)) : before;
            return new Worlds().Chain(2, plans: [draining, plan]).Server("s1", true, draining, plan);
        }

        var stale = Decide(Start().Installed([plan, before]));
        var gone = Decide(Start().Installed([plan], before));
        var early = Decide(Start(-0.5).Installed([plan], before));
        var drained = Decide(Start(-1).Installed([plan], before));
        var withClockSetBack = Decide(Start(3600).Installed([plan], before));

        Assert.IsType<ProgramSwitch>(Assert.Single(stale.Remote));
        Assert.Empty(stale.Local);
        Assert.Equal([new BeginDrain("web", 1)], gone.Local);
        Assert.Equal([new BeginDrain("web", 1)], withClockSetBack.Local);
        Assert.Empty(early.Local);
        Assert.Equal(Worlds.Now.AddSeconds(0.5), early.WakeAt);
        AssertPhases(drained, (1, PlanPhase.Removing));
    }

    [Fact]
    public void A_program_is_dropped_only_after_the_last_rule_of_its_plan_and_its_numbers_are_freed_last()
    {
        var (before, plan) = Two(PlanPhase.Removing, PlanPhase.Running);
        Worlds Start() => new Worlds().Chain(2, plans: [before, plan]);

        var tags = Decide(Start().Server("s1", true, before, plan).Installed([plan], before));
        var programs = Decide(Start().Server("s1", true, before, plan).Installed([plan]));
        var done = Decide(Start().Server("s1", running: plan).Installed([plan]));
        var deploying = Decide(Start().Server("s1", running: plan).Installed([plan]).Doing(new RemoteKey(RemoteKind.Deploy, "s1", "web", 1)));

        Assert.IsType<ProgramSwitch>(Assert.Single(tags.Remote));
        Assert.Equal([new Undeploy("s1", "web", 1)], programs.Remote);
        Assert.Equal([new RemovePlan("web", 1)], done.Local);
        Assert.Empty(deploying.Local);
    }

    [Fact]
    public void A_deleted_chain_is_taken_down_in_the_same_order_and_forgotten_last()
    {
        var prepared = Worlds.Plan(2, PlanPhase.Prepared, held: Worlds.Plan(1, PlanPhase.Running));
        var running = Worlds.Plan(1, PlanPhase.Running);

        var first = Decide(new Worlds().Chain(2, deleting: true, running, prepared).Server("s1", running: running).Installed([running]));
        var last = Decide(new Worlds().Chain(2, deleting: true).Server("s1").Installed(_nothing));

        AssertPhases(first, (1, PlanPhase.Draining), (2, PlanPhase.Removing));
        Assert.Equal([new RemoveChain("web")], last.Local);
    }

    [Fact]
    public void While_the_switch_is_away_nothing_is_taken_from_servers()
    {
        var draining = Worlds.Plan(1, PlanPhase.Draining);
        var removing = Worlds.Plan(1, PlanPhase.Removing);

        var one = Decide(new Worlds().Chain(1, deleting: true, draining).Server("s1", running: draining).SwitchAway());
        var two = Decide(new Worlds().Chain(1, deleting: true, removing).Server("s1", running: removing).SwitchAway());

        Assert.All([one, two], decision => Assert.Empty(decision.Local));
        Assert.All([one, two], decision => Assert.Empty(decision.Remote));
    }

    [Fact]
    public void A_server_that_is_away_is_waited_for_only_so_long()
    {
        var removing = Worlds.Plan(1, PlanPhase.Removing);
        Worlds Start() => new Worlds().Chain(1, deleting: true, removing).Server("s1", connected: false, removing).Installed(_nothing);

        var waiting = Decide(Start().LostAt("s1", Worlds.Now.AddMinutes(-5).AddSeconds(3)));
        var over = Decide(Start().LostAt("s1", Worlds.Now.AddMinutes(-5)));

        Assert.Empty(waiting.Local);
        Assert.Equal(Worlds.Now.AddSeconds(3), waiting.WakeAt);
        Assert.Equal([new RemovePlan("web", 1)], over.Local);
    }

    [Fact]
    public void A_restarted_agent_gets_what_runs_and_rules_stay_meanwhile()
    {
        var plan = Worlds.Plan(1, PlanPhase.Running);

        var away = Decide(new Worlds().Chain(1, plans: plan).Server("s1", connected: false).Installed([plan]));
        var back = Decide(new Worlds().Chain(1, plans: plan).Server("s1").Installed([plan]));

        Assert.Empty(away.Remote);
        Assert.Equal([new Deploy("s1", plan)], back.Remote);
    }

    [Fact]
    public void What_no_plan_speaks_of_is_dropped_from_servers()
    {
        var world = new Worlds().Server("s1").ServerRuns("s1", new DeployedProgram("old", 3, "d", [0])).Installed(_nothing);

        Assert.Equal([new Undeploy("s1", "old", 3)], Decide(world).Remote);
    }

    [Fact]
    public void What_failed_is_tried_again_at_its_time_and_what_is_under_way_is_not_begun_twice()
    {
        var plan = Worlds.Plan(1, PlanPhase.Prepared);
        var key = new RemoteKey(RemoteKind.Deploy, "s1", "web", 1);
        Worlds Start() => new Worlds().Chain(1, plans: plan).Server("s1").Installed(_nothing);

        var waiting = Decide(Start().Failed(key, Worlds.Now.AddSeconds(2)));
        var due = Decide(Start().Failed(key, Worlds.Now));
        var busy = Decide(Start().Doing(key));

        Assert.Empty(waiting.Remote);
        Assert.Equal(Worlds.Now.AddSeconds(2), waiting.WakeAt);
        Assert.Single(due.Remote);
        Assert.Empty(busy.Remote);
    }

    [Fact]
    public void A_chain_whose_rules_were_refused_is_left_out_of_a_change_until_its_time()
    {
        var plan = Worlds.Plan(1, PlanPhase.Committed);
        var world = new Worlds().Chain(1, plans: plan).Server("s1", running: plan).Installed(_nothing)
            .Failed(new RemoteKey(RemoteKind.ChainRules, "br0", "web"), Worlds.Now.AddSeconds(3));

        var decision = Decide(world);

        Assert.Equal(Worlds.Now.AddSeconds(3), decision.WakeAt);
        Assert.DoesNotContain(decision.Remote.OfType<ProgramSwitch>().SelectMany(p => p.Change.Phases).SelectMany(phase => phase.FlowMods), message =>
            (message.Cookie >> 32 & 0xffffff) == 1);
    }

    [Fact]
    public void A_prepared_plan_is_made_anew_when_its_server_went_away_before_it_had_anything()
    {
        var plan = Worlds.Plan(1, PlanPhase.Prepared);

        Assert.Equal([new PlanChain("web")], Decide(new Worlds().Chain(1, plans: plan).Server("s1", connected: false).Installed(_nothing)).Local);
        var running = Worlds.Plan(1, PlanPhase.Running);
        Assert.Empty(Decide(new Worlds().Chain(1, plans: running).Server("s1", connected: false).Installed([running])).Local);
    }

    [Fact]
    public void A_plan_is_in_force_only_when_the_groups_that_its_rules_refer_to_were_made_sure_of()
    {
        static ChainPlan WithGroup(ChainPlan plan) => plan with
        {
            Spec = plan.Spec with { Endpoints = [plan.Spec.Endpoints[0], plan.Spec.Endpoints[1] with { BackupPorts = [4] }] },
            Groups = [new PlannedGroup(GroupPlanner.FirstNumber, 1, NetworkFunctions.Chains.PortUse.Failover, [3, 4])],
        };
        var plan = Worlds.Plan(1, PlanPhase.Committed, change: WithGroup);
        Worlds world() => new Worlds().Chain(1, plans: plan).Server("s1", running: plan).Installed([plan]);

        AssertPhases(Decide(world()), (1, PlanPhase.Running));
        var unknown = Decide(world().ResourcesUnknown());
        Assert.Empty(unknown.Local);
        Assert.Equal([new ReadSwitch("br0")], unknown.Remote);
        var conditions = ConditionRules.Of(world().Build().Chains["web"], world().ResourcesUnknown().Build());
        Assert.Contains(conditions, condition => condition is { Type: ConditionTypes.SwitchProgrammed, Holds: false, Reason: "Programming" });
    }

    private static Decision Decide(Worlds world) => ReconcileDecision.Decide(world.Build());

    private static (PlanState Before, PlanState After) Two(PlanPhase before, PlanPhase after)
    {
        var first = Worlds.Plan(1, before);
        return (first, Worlds.Plan(2, after, held: first));
    }

    private static void AssertPhases(Decision decision, params (long Revision, PlanPhase Phase)[] expected)
    {
        var set = Assert.IsType<SetPhases>(Assert.Single(decision.Local));
        Assert.Equal(expected, set.Changes.Select(change => (change.Revision, change.Phase)));
    }
}
