using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration.Tests;

/// <summary>Closed programs in chains: a chain ends and begins again at them, on the server.</summary>
public class BlackboxPlanTests
{
    [Fact]
    public void Classes_end_at_the_program_and_begin_there_with_everything_possible()
    {
        var plan = Planned(Guarded());

        var names = plan.Classes.Where(planned => planned.DropReason is null)
            .Select(planned => $"{ServerEndpoints.NameOf(plan.Spec, planned.Ingress)} -> {ServerEndpoints.NameOf(plan.Spec, planned.Egress)}").Distinct().Order();
        Assert.Equal(
            ["clients -> ips.inside", "internet -> ips.outside", "ips.inside -> clients", "ips.outside -> internet"], names);
    }

    [Theory]
    [InlineData(TagKind.Vlan, 1)]
    [InlineData(TagKind.Vlan, 3)]
    [InlineData(TagKind.Mac, 2)]
    public void A_chain_with_closed_programs_is_proven_to_do_what_it_says(TagKind kind, int workers)
    {
        var plan = Planned(Guarded(), kind, workers);

        var verification = ChainVerifier.Verify(plan, new EquivalenceBudget(TimeSpan.FromMinutes(1), TimeProvider.System));

        Assert.True(verification.Verdict == VerificationVerdict.Verified, $"{verification.Verdict}: {verification.Counterexample} {verification.Problem}");
    }

    [Fact]
    public void The_switch_steers_nothing_to_the_programs_interfaces_and_each_worker_has_tags_for_them()
    {
        var plan = Planned(Guarded(), workers: 2);
        var program = ChainPrograms.ResidualPrograms(plan).Values.Single();

        Assert.Equal(["clients", "internet", "ips.inside", "ips.outside"], program.Endpoints);
        var inside = program.IngressTags.Where(tag => tag.Endpoint == 2).ToList();
        Assert.Equal([0, 1], inside.Select(tag => tag.Worker));
        Assert.All(inside, tag => Assert.Equal((SteeringField.DestinationPort, BlackboxConfiguration.FirstProgramPort), (tag.Steering, tag.Entry.Port)));
        Assert.All(program.IngressTags.Where(tag => tag.Endpoint == 3), tag => Assert.Equal(SteeringField.SourcePort, tag.Steering));
        Assert.DoesNotContain(
            ChainPrograms.SwitchRules(plan),
            rule => rule.Purpose.Contains("ips.inside", StringComparison.Ordinal) || rule.Purpose.Contains("ips.outside", StringComparison.Ordinal));
    }

    [Fact]
    public void A_program_that_may_change_client_ports_gets_one_worker_and_the_plan_says_why()
    {
        var plan = Planned(Guarded(keepsClientPorts: false), workers: 2);

        Assert.Single(plan.Placement!.Workers);
        Assert.Contains("ips may change the client's port", plan.Steering.SingleWorkerReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tampered_program_that_spreads_such_a_chain_over_workers_is_refuted()
    {
        var spec = Guarded();
        var spread = Planned(spec, workers: 2);
        var lying = spread with { Spec = Guarded(keepsClientPorts: false) };

        var verification = ChainVerifier.Verify(lying, new EquivalenceBudget(TimeSpan.FromMinutes(1), TimeProvider.System));

        Assert.Equal(VerificationVerdict.Refuted, verification.Verdict);
        Assert.Contains("whatever port ips gives the client", $"{verification.Counterexample}", StringComparison.Ordinal);
    }

    [Fact]
    public void Only_workers_with_interfaces_to_the_appliance_that_no_other_chain_uses_are_taken()
    {
        var inventory = Inventory(2);
        var server = inventory.Servers[0];
        var partly = inventory with { Servers = [server with { Workers = [server.Workers[0] with { Appliances = [] }, server.Workers[1]] }] };
        Assert.Equal(1, Assert.Single(Planned(Guarded(), partly).Placement!.Workers).Index);

        var other = Planned(Guarded(), partly);
        var taken = ChainPlanner.Plan(new PlanRequest(Guarded() with { Name = "second" }, 2, 1, partly) { Held = [other] });
        Assert.Equal("noServer", taken.Problem!.Reason);
        Assert.Contains("with interfaces to ips that no other chain uses", taken.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_survives_its_way_through_the_store()
    {
        var plan = Planned(Guarded());

        Assert.Equal(PlanJson.Write(plan), PlanJson.Write(PlanJson.Read(PlanJson.Write(plan))));
        var blackbox = Assert.IsType<BlackboxConfiguration>(PlanJson.Read(PlanJson.Write(plan)).Spec.Functions[1]);
        Assert.Equal((BlackboxConfiguration)plan.Spec.Functions[1], blackbox);
    }

    [Fact]
    public void The_policy_and_the_health_check_are_part_of_what_servers_are_told()
    {
        var plan = Planned(Guarded());
        var changed = Guarded() with
        {
            Functions = [.. Guarded().Functions.Select(function => function is BlackboxConfiguration blackbox ? blackbox with { FailOpen = !blackbox.FailOpen } : function)],
        };

        var next = ChainPlanner.Plan(new PlanRequest(changed, 1, 2, Inventory(1)) { Previous = plan, Held = [plan] });

        Assert.False(next.IsUnchanged);
        Assert.NotEqual(plan.ProgramDigest, next.Plan!.ProgramDigest);
    }

    [Fact]
    public void Two_functions_must_not_give_packets_to_the_same_appliance()
    {
        var spec = Guarded();
        spec = spec with
        {
            Functions = [.. spec.Functions, new BlackboxConfiguration("again", "ips")],
            Links = [.. spec.Links.SkipLast(1), SampleChains.Link("nat", "again"), SampleChains.Link("again", "internet")],
        };

        var violation = Assert.Single(ChainValidator.Validate(spec, Inventory(1), []));
        Assert.Equal("spec.functions[4].blackbox.appliance", violation.Path);
    }

    private static ChainSpec Guarded(bool keepsClientPorts = true)
    {
        var web = SampleChains.Web();
        return web with
        {
            Endpoints = [.. web.Endpoints.Select(endpoint => endpoint with { PeerMac = SampleChains.ClientMac, LocalMac = SampleChains.LanMac })],
            Functions =
            [
                web.Functions[0],
                new BlackboxConfiguration("ips", "ips")
                {
                    KeepsClientPorts = keepsClientPorts,
                    InsideMac = MacAddress.Parse("02:00:00:00:0b:01"),
                    HealthCheck = new BlackboxHealthCheck
                    {
                        Probe = BlackboxProbe.Udp,
                        InsideAddress = IpAddress.Parse("192.0.2.1"),
                        OutsideAddress = IpAddress.Parse("192.0.2.2"),
                    },
                },
                web.Functions[1],
                web.Functions[2],
            ],
            Links =
            [
                SampleChains.Link("clients", "fw"), SampleChains.Link("fw", "ips"), SampleChains.Link("ips", "rt.lan"),
                SampleChains.Link("rt.wan", "nat"), SampleChains.Link("nat", "internet"),
            ],
        };
    }

    private static Inventory Inventory(int workers, TagKind kind = TagKind.Vlan)
    {
        var inventory = SampleChains.Inventory(kind, workers);
        return inventory with
        {
            Servers = [.. inventory.Servers.Select(server => server with { Workers = [.. server.Workers.Select(worker => worker with { Appliances = ["ips"] })] })],
        };
    }

    private static ChainPlan Planned(ChainSpec spec, TagKind kind = TagKind.Vlan, int workers = 1) => Planned(spec, Inventory(workers, kind));

    private static ChainPlan Planned(ChainSpec spec, Inventory inventory)
    {
        Assert.Empty(ChainValidator.Validate(spec, inventory, []));
        var result = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory));
        Assert.True(result.Plan is not null, result.Problem?.Message);
        return result.Plan;
    }
}
