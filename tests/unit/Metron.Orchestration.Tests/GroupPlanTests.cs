using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Monitor;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Orchestration.Tests;

/// <summary>Endpoints with several ports, and the groups of the switch that packets leave by them through.</summary>
public class GroupPlanTests
{
    private const string Failover = "group_id=1291845632,type=ff,bucket=watch_port:4,actions=output:4,bucket=watch_port:7,actions=output:7";
    private const string Spread = "group_id=1291845632,type=select,bucket=weight:1,watch_port:4,actions=output:4,bucket=weight:1,watch_port:7,actions=output:7";

    [Theory]
    [InlineData(PortUse.Failover, Failover)]
    [InlineData(PortUse.Spread, Spread)]
    public void What_leaves_goes_to_the_group_and_what_arrives_at_any_port_enters(PortUse use, string group)
    {
        var plan = Planned(OnSwitch(use));

        Assert.Equal([group], ChainPrograms.Groups(plan).Select(description => description.ToString()));
        var rules = ChainPrograms.IntendedRules("br0", [plan], []);
        Assert.Equal([4u, 7u], rules.Where(rule => rule.Purpose == "ingress right").Select(InPort).Distinct());
        Assert.Equal([3u, 4u, 7u], rules.Where(rule => rule.Role == RuleRole.Shared).Select(InPort).Distinct());
        Assert.Contains(rules, rule => Actions(rule).Contains(new GroupAction(GroupPlanner.FirstNumber)));
        Assert.DoesNotContain(rules, rule => Actions(rule).Any(action => action is OutputAction { Port: 4 or 7 }));
        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(plan, ChainVerifierTests.Budget()).Verdict);
    }

    [Theory]
    [InlineData(TagKind.Vlan)]
    [InlineData(TagKind.QinQ)]
    [InlineData(TagKind.Mpls)]
    public void What_comes_back_from_a_server_leaves_by_the_group_without_its_tag(TagKind kind)
    {
        var spec = OnServer();
        spec = spec with { Endpoints = [spec.Endpoints[0] with { BackupPorts = [8], PortUse = PortUse.Spread, Vlan = 30 }, spec.Endpoints[1]] };
        var plan = Planned(spec, SampleChains.Inventory(kind));

        Assert.Equal([GroupPlanner.FirstNumber, GroupPlanner.FirstNumber + 1], plan.Groups!.Select(group => group.Number));
        Assert.Equal([GroupKind.Select, GroupKind.FastFailover], ChainPrograms.Groups(plan).Select(group => group.Kind));
        var leaving = ChainPrograms.SwitchRules(plan).Where(rule => rule.Purpose == "egress right").ToList();
        Assert.NotEmpty(leaving);
        Assert.All(leaving, rule => Assert.Equal(new GroupAction(GroupPlanner.FirstNumber + 1), Actions(rule).Last()));
        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(plan, ChainVerifierTests.Budget()).Verdict);
    }

    [Fact]
    public void Neighbour_discovery_passes_by_every_port()
    {
        var plan = Planned(OnSwitch() with { PassNeighborDiscovery = true });

        var rules = ChainPrograms.SwitchRules(plan).Where(rule => rule.Purpose.StartsWith("neighbour discovery", StringComparison.Ordinal)).ToList();
        Assert.Equal([3u, 4u, 7u], rules.Select(InPort).Distinct());
        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(plan, ChainVerifierTests.Budget()).Verdict);
    }

    [Fact]
    public void An_endpoint_keeps_its_number_whatever_its_ports_and_other_chains_get_others()
    {
        var first = Planned(OnSwitch());
        var spec = OnSwitch(PortUse.Spread);
        var other = Next(spec with { Endpoints = [spec.Endpoints[0] with { BackupPorts = [8] }, spec.Endpoints[1] with { BackupPorts = [5, 7] }] }, first);
        var otherChain = ChainPlanner.Plan(new PlanRequest(OnSwitch() with { Name = "second" }, 2, 1, SampleChains.Inventory()) { Held = [first] }).Plan!;

        Assert.Equal(first.Groups![0].Number, other.Groups!.Single(group => group.Endpoint == 1).Number);
        Assert.Equal(first.Groups![0].Number + 1, other.Groups!.Single(group => group.Endpoint == 0).Number);
        Assert.Equal(first.Groups![0].Number + 1, Assert.Single(otherChain.Groups!).Number);
        Assert.NotEqual(first.Digest, other.Digest);
    }

    [Fact]
    public void An_edit_without_effect_keeps_the_plan_and_the_store_keeps_its_groups()
    {
        var first = Planned(OnSwitch());
        var again = ChainPlanner.Plan(new PlanRequest(SampleChains.Copy(OnSwitch()), 1, 2, SampleChains.Inventory()) { Previous = first, Held = [first] });
        var read = PlanJson.Read(PlanJson.Write(first));

        Assert.True(again.IsUnchanged);
        Assert.Equal(first.Groups, read.Groups);
        Assert.Equal(first.Spec.Endpoints, read.Spec.Endpoints);
        Assert.True(ChainPlanner.Plan(new PlanRequest(OnSwitch(), 1, 2, SampleChains.Inventory()) { Previous = read, Held = [read] }).IsUnchanged);
    }

    [Fact]
    public void What_was_stored_before_there_were_groups_reads_and_means_what_it_meant()
    {
        var plan = Planned(SampleChains.Filter());
        var json = PlanJson.Write(plan);

        Assert.DoesNotContain("roup", json, StringComparison.Ordinal);
        Assert.DoesNotContain("backup", json, StringComparison.OrdinalIgnoreCase);
        Assert.Null(PlanJson.Read(json).Groups);
        Assert.True(ChainPlanner.Plan(new PlanRequest(SampleChains.Filter(), 1, 2, SampleChains.Inventory()) { Previous = PlanJson.Read(json) }).IsUnchanged);
    }

    [Theory]
    [InlineData(PortUse.Failover, "groups of type fastFailover do not work on switch br0 (profile no-ff); the controller changes over when it goes down")]
    [InlineData(PortUse.Spread, "groups of type select do not work on switch br0 (profile no-ff)")]
    public void Without_the_type_of_group_the_main_port_is_used_alone_and_the_plan_says_why(PortUse use, string reason)
    {
        var plan = Planned(OnSwitch(use), WithProfile(SwitchProfiles.OpenVSwitch with { Name = "no-ff", Groups = [GroupKind.All] }));

        Assert.Equal((0u, 4u), (plan.Groups![0].Number, plan.Groups[0].OnlyPort));
        Assert.Equal($"packets leave by endpoint right by port 4 alone, as {reason}", plan.Groups[0].Note);
        Assert.Empty(ChainPrograms.Groups(plan));
        Assert.Contains(ChainPrograms.SwitchRules(plan), rule => Actions(rule).Contains(new OutputAction(4)));
        Assert.Equal([4u, 7u], ChainPrograms.SwitchRules(plan).Where(rule => rule.Purpose == "ingress right").Select(InPort).Distinct());
        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(plan, ChainVerifierTests.Budget()).Verdict);
    }

    [Fact]
    public void Without_groups_the_controller_chooses_the_first_port_that_is_up_and_goes_back()
    {
        var profile = SwitchProfiles.OpenVSwitch with { Groups = [] };
        var (up, down) = (WithProfile(profile), WithProfile(profile, portsDown: [4]));
        var first = Planned(OnSwitch(), up);
        Assert.False(GroupPlanner.LeavesByWrongPort(first, up));
        Assert.True(GroupPlanner.LeavesByWrongPort(first, down));

        var onBackup = ChainPlanner.Plan(new PlanRequest(OnSwitch(), 1, 2, down) { Previous = first, Held = [first] }).Plan!;

        Assert.Equal(7u, onBackup.Groups![0].OnlyPort);
        Assert.Contains(ChainPrograms.SwitchRules(onBackup), rule => Actions(rule).Contains(new OutputAction(7)));
        Assert.DoesNotContain(ChainPrograms.SwitchRules(onBackup), rule => Actions(rule).Contains(new OutputAction(4)));
        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(onBackup, ChainVerifierTests.Budget()).Verdict);
        Assert.False(GroupPlanner.LeavesByWrongPort(onBackup, down));
        Assert.True(GroupPlanner.LeavesByWrongPort(onBackup, up));
        Assert.False(GroupPlanner.LeavesByWrongPort(Planned(OnSwitch(), down), down));
    }

    [Theory]
    [InlineData("single-table", true, null)]
    [InlineData("single-table", false, "groups of type fastFailover do not work on switch br0 (profile single-table)")]
    [InlineData("ttp-like", true, "\"egress right\" needs group:1291845632, which the first table of ttp-like does not do")]
    [InlineData("no-vlan-actions", false, "groups of type fastFailover do not work")]
    public void Drivers_of_restricted_switches_carry_groups_or_say_why_not(string name, bool hasTypes, string? lacking)
    {
        var profile = SwitchProfiles.Find(name)!;
        profile = hasTypes ? profile with { Groups = SwitchProfiles.OpenVSwitch.Groups } : profile;

        var plan = Planned(Macs(OnServer()), WithProfile(profile));

        var group = Assert.Single(plan.Groups!);
        Assert.Equal(lacking is null, group.Number == GroupPlanner.FirstNumber);
        Assert.Contains(lacking ?? "", group.Note ?? "", StringComparison.Ordinal);
        Assert.Equal(lacking is null, ChainPrograms.SwitchRules(plan).Any(rule => Actions(rule).Any(action => action is GroupAction)));
        Assert.Equal(VerificationVerdict.Verified, ChainVerifier.Verify(plan, ChainVerifierTests.Budget()).Verdict);
    }

    [Fact]
    public void Ports_that_are_not_there_lead_to_a_server_or_are_another_endpoints_are_refused()
    {
        var inventory = SampleChains.Inventory();
        inventory = inventory with { Switches = [.. inventory.Switches.Select(target => target with { IsConnected = true, Ports = [3, 4, 7, 10, 11] })] };
        var spec = OnSwitch();
        spec = spec with { Endpoints = [spec.Endpoints[0], spec.Endpoints[1] with { BackupPorts = [9, 10, 3] }] };

        Assert.Equal(
            [
                "spec.endpoints[1].backupPorts[0]: switch br0 has no port 9; it has 3, 4, 7, 10 and 11",
                "spec.endpoints[1].backupPorts[1]: port 10 of switch br0 leads to server s1; an endpoint must be another port",
                "spec.endpoints[1].backupPorts[2]: port 3 is one of endpoint left too; ports of an endpoint with backup ports must be its own",
            ],
            ChainValidator.Validate(spec, inventory, []).Select(violation => $"{violation.Path}: {violation.Message}"));

        // Another chain may have other VLANs of the same ports, but not the same packets.
        Assert.Empty(ChainValidator.Validate(OnSwitch(), inventory, [OnSwitch() with { Name = "other", Endpoints = [.. OnSwitch().Endpoints.Select(endpoint => endpoint with { Vlan = 9 })] }]));
        var taken = Assert.Single(ChainValidator.Validate(
            OnSwitch(), inventory, [SampleChains.Filter("other") with { Endpoints = [new ChainEndpoint("left", "br0", 1), new ChainEndpoint("right", "br0", 7)] }]));
        Assert.Contains("at port 4 or 7 of switch br0, chain other takes the same packets", taken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_turns_up_at_a_port_of_the_endpoint_is_no_place_for_the_chain()
    {
        var inventory = SampleChains.Inventory() with { Servers = [SampleChains.Server("s1", 1, firstPort: 7)] };

        var problem = ChainPlanner.Plan(new PlanRequest(OnServer(), 1, 1, inventory)).Problem!;

        Assert.Equal(("portTaken", "port 7 of endpoint right leads to server s1; name another port"), (problem.Reason, problem.Message));
    }

    private static ChainSpec OnSwitch(PortUse use = PortUse.Failover)
    {
        var spec = SampleChains.Filter();
        return spec with { Endpoints = [spec.Endpoints[0], spec.Endpoints[1] with { BackupPorts = [7], PortUse = use }] };
    }

    private static ChainSpec OnServer() => OnSwitch() with
    {
        Functions = [new MonitorConfiguration("count")],
        Links = [SampleChains.Link("left", "count"), SampleChains.Link("count", "right")],
    };

    private static ChainSpec Macs(ChainSpec spec) => spec with
    {
        Endpoints = [.. spec.Endpoints.Select(endpoint => endpoint with { PeerMac = SampleChains.ClientMac, LocalMac = SampleChains.LanMac, Vlan = 0 })],
    };

    private static ChainPlan Planned(ChainSpec spec, Inventory? inventory = null) =>
        ChainPlanner.Plan(new PlanRequest(spec, 1, 1, inventory ?? SampleChains.Inventory())) is { Plan: { } plan } ? plan : throw new InvalidOperationException("no plan");

    private static ChainPlan Next(ChainSpec spec, ChainPlan before) =>
        ChainPlanner.Plan(new PlanRequest(spec, 1, 2, SampleChains.Inventory()) { Previous = before, Held = [before] }).Plan!;

    private static Inventory WithProfile(SwitchProfile profile, uint[]? portsDown = null)
    {
        var inventory = SampleChains.Inventory();
        return inventory with { Switches = [.. inventory.Switches.Select(target => target with { Profile = profile, IsConnected = true, Ports = [3, 4, 7, 10, 11], PortsDown = portsDown ?? [] })] };
    }

    private static uint InPort(SwitchRule rule) => (uint)rule.Flow.Match[Oxm.InPort]!.Value;

    private static IEnumerable<OpenFlowAction> Actions(SwitchRule rule) => rule.Flow.Instructions.OfType<ApplyActionsInstruction>().SelectMany(apply => apply.Actions);
}
