using Google.Protobuf;
using Metron.Controller.Chains;
using Metron.Controller.Reconciliation;
using Metron.Controller.Store;
using Metron.Mapping;
using Metron.Orchestration;

namespace Metron.Controller.Tests.Reconciliation;

public sealed class BlackboxHealthTests
{
    [Fact]
    public void A_chain_without_blackbox_does_not_have_the_condition()
    {
        var plan = Worlds.Plan(1, PlanPhase.Running);
        var world = new Worlds().Chain(1, plans: plan).Server("s1", true, plan).Installed([plan]).Build();

        Assert.DoesNotContain(ConditionRules.Of(world.Chains["web"], world), condition => condition.Type == ConditionTypes.BlackboxHealthy);
    }

    [Fact]
    public void Programs_that_are_up_on_every_worker_are_healthy()
    {
        var (condition, ready) = Conditions(V1.BlackboxPolicy.FailClosed, Health(0), Health(1));

        Assert.Equal((true, "Healthy", "ips: up on all 2 workers."), (condition.Holds, condition.Reason, condition.Message));
        Assert.True(ready.Holds);
    }

    [Theory]
    [InlineData(V1.BlackboxPolicy.FailClosed, "packets for it are dropped")]
    [InlineData(V1.BlackboxPolicy.FailOpen, "packets pass it by")]
    public void A_program_that_is_down_is_told_with_worker_problem_and_consequence_and_the_chain_is_not_ready(V1.BlackboxPolicy policy, string consequence)
    {
        var (condition, ready) = Conditions(policy, Health(0), Health(1, up: false, "the link of outside is down"));

        Assert.Equal(
            (false, "Down", $"ips: appliance box on worker 1 is down: the link of outside is down; {consequence}."),
            (condition.Holds, condition.Reason, condition.Message));
        Assert.Equal((false, "NotInForce"), (ready.Holds, ready.Reason));
    }

    [Fact]
    public void A_silent_program_and_one_that_nobody_reported_keep_no_chain_from_being_ready()
    {
        var (silent, ready) = Conditions(V1.BlackboxPolicy.FailOpen, Health(0, up: true, "packets go in"), Health(1));
        Assert.Equal((null, "Silent", true), (silent.Holds, silent.Reason, ready.Holds));

        var (unreported, readyToo) = Conditions(V1.BlackboxPolicy.FailOpen, Health(0));
        Assert.Equal((null, "NotReported", true), (unreported.Holds, unreported.Reason, readyToo.Holds));
    }

    [Fact]
    public void What_another_revision_reports_does_not_count()
    {
        var (condition, _) = Conditions(V1.BlackboxPolicy.FailOpen, revision: 7, Health(0, up: false, "old"), Health(1));

        Assert.Equal("NotReported", condition.Reason);
    }

    [Fact]
    public void Only_a_change_between_well_silent_and_down_is_worth_another_look()
    {
        static string Of(params V1.BlackboxHealth[] healths) => BlackboxHealth.Signature(Load(1, healths));

        Assert.Equal(Of(Health(0, up: true, "none for 10 s")), Of(Health(0, up: true, "none for 11 s")));
        Assert.NotEqual(Of(Health(0)), Of(Health(0, up: true, "none for 10 s")));
        Assert.NotEqual(Of(Health(0, up: true, "x")), Of(Health(0, up: false, "x")));
        Assert.NotEqual(Of(Health(0)), Of(Health(1)));
    }

    private static V1.BlackboxHealth Health(uint worker, bool up = true, string problem = "") =>
        new() { Function = "ips", Appliance = "box", Worker = worker, Up = up, Problem = problem };

    private static V1.ServerLoad Load(long revision, V1.BlackboxHealth[] healths) =>
        new() { Server = "s1", Chains = { new V1.ChainLoad { Chain = "web", Revision = revision, Blackboxes = { healths } } } };

    private static (ChainCondition Blackbox, ChainCondition Ready) Conditions(V1.BlackboxPolicy policy, params V1.BlackboxHealth[] healths) =>
        Conditions(policy, 1, healths);

    private static (ChainCondition Blackbox, ChainCondition Ready) Conditions(V1.BlackboxPolicy policy, long revision, params V1.BlackboxHealth[] healths)
    {
        var plan = Plan(policy);
        var world = new Worlds().Chain(1, plans: plan).Server("s1", true, plan).Reports("s1", Load(revision, healths)).Installed([plan]).Build();
        var conditions = ConditionRules.Of(world.Chains["web"], world);
        return (conditions.Single(condition => condition.Type == ConditionTypes.BlackboxHealthy), conditions[^1]);
    }

    private static PlanState Plan(V1.BlackboxPolicy policy)
    {
        var proto = Specs.Monitor(to: 3);
        proto.Spec.Functions[0] = new V1.NetworkFunction { Name = "ips", Blackbox = new V1.Blackbox { Appliance = "box", Policy = policy, KeepsClientPorts = true } };
        proto.Spec.Links[0].To = "ips";
        proto.Spec.Links[1].From = "ips";
        Assert.True(ServiceChainMapper.Map(proto).TryGetSpec(out var spec));
        var inventory = Worlds.Inventory("s1");
        inventory = inventory with
        {
            Servers = [.. inventory.Servers.Select(server => server with { Workers = [.. server.Workers.Select(worker => worker with { Appliances = ["box"] })] })],
        };
        var result = ChainPlanner.Plan(new PlanRequest(spec!, 1, 1, inventory));
        return new PlanState(new StoredPlan("web", 1, PlanPhase.Running, 1, proto.Spec.ToByteArray(), "{}", []), result.Plan!, proto.Spec)
            .Verified(new ChainVerification(VerificationVerdict.Verified));
    }
}
