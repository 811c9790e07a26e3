using CsCheck;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.Offload;
using Metron.Offload.Tests.Drivers;
using Metron.OpenFlow;

namespace Metron.Orchestration.Tests.Profiles;

/// <summary>Plans for switches that cannot have everything.</summary>
public sealed class ProfilePlanTests
{
    private static readonly string[] Reasons = ["switchUnable", "tooManyRules", "macMissing", "noServer"];

    public static TheoryData<string> Names => [.. SwitchProfiles.BuiltIn.Where(profile => !profile.Tables.IsEmpty).Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Plans_for_a_profile_are_proven_and_hold_what_the_switch_takes(string name)
    {
        var profile = SwitchProfiles.Find(name)!;
        var planned = 0;
        Gen.Select(RandomChains.Chain, Gen.Int[1, 4], Gen.Int[1, 60]).Sample(
            (spec, workers, capacity) =>
            {
                var limited = profile with { Tables = profile.Tables.Select(table => table with { Capacity = capacity * 5 }).ToEquatableArray() };
                foreach (var tried in new[] { profile, limited })
                {
                    var result = Plan(Macs(spec), tried, workers);
                    if (result.Plan is not { } plan)
                    {
                        Assert.Contains(result.Problem!.Reason, Reasons);
                        continue;
                    }

                    Interlocked.Increment(ref planned);
                    Check(plan, tried);
                }
            },
            iter: 40);
        Assert.True(planned > 10, $"{planned} of 80 were planned");
    }

    [Fact]
    public void A_function_that_needs_a_field_that_is_not_there_stays_on_the_server_and_the_plan_says_why()
    {
        var plan = Plan(SampleChains.Web(), SwitchProfiles.Find("single-table")!, 2).Plan!;
        var reasons = plan.Offload!.Reasons.ToList();
        Assert.Contains(reasons, reason => reason.StartsWith("packets from clients go to the server for fw: \"fw fragments\" needs to match ip_frag=", StringComparison.Ordinal));
        Check(plan, SwitchProfiles.Find("single-table")!);
    }

    [Fact]
    public void Where_ports_take_no_masks_one_worker_is_used_and_the_plan_says_why()
    {
        var profile = WithPortMasks(SwitchProfiles.Find("single-table")!, MaskSupport.Exact);
        var plan = Plan(SampleChains.Web(), profile, 4).Plan!;
        Assert.Single(plan.Placement!.Workers);
        Assert.StartsWith("switch br0 cannot choose a worker: ", plan.Steering.SingleWorkerReason, StringComparison.Ordinal);
        Check(plan, profile);
    }

    [Fact]
    public void Without_vlan_actions_tags_are_MAC_addresses()
    {
        var plan = Plan(Macs(SampleChains.Web()), SwitchProfiles.Find("no-vlan-actions")!, 2).Plan!;
        Assert.Equal(TagKind.Mac, plan.TagKind);
        Assert.Contains(plan.Offload!.Notes, note => note.StartsWith("tags are MAC addresses", StringComparison.Ordinal));
        Check(plan, SwitchProfiles.Find("no-vlan-actions")!);
    }

    [Fact]
    public void An_endpoint_on_a_VLAN_needs_a_switch_that_removes_it()
    {
        var problem = Plan(SampleChains.Filter(), SwitchProfiles.Find("no-vlan-actions")!, 2).Problem!;
        Assert.Equal("switchUnable", problem.Reason);
        Assert.Contains("pop_vlan", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_firewall_that_does_not_fit_the_switch_has_the_rules_that_drop_most()
    {
        var profile = Room(40);
        var rates = new RuleRates(new Dictionary<(string, FunctionRule), double>
        {
            [("filter", new FunctionRule("fw", 0, "rule deny 77"))] = 5000,
            [("filter", new FunctionRule("fw", 0, "rule deny 99"))] = 9000,
            [("filter", new FunctionRule("fw", 0, "rule deny 3"))] = 10,
        });
        var plan = Plan(Denials(100), profile, 1, rates).Plan!;
        var kept = ChainPrograms.SwitchRules(plan).Select(rule => rule.Purpose).Where(purpose => purpose.Contains("deny", StringComparison.Ordinal)).Distinct().ToList();
        Assert.InRange(kept.Count, 5, 60);
        Assert.Contains("fw rule deny 77", kept);
        Assert.Contains("fw rule deny 99", kept);
        Assert.Contains("fw rule deny 3", kept);
        Assert.NotNull(plan.Placement);
        Check(plan, profile);
    }

    [Fact]
    public void Kept_rules_change_only_when_others_save_much_more()
    {
        var profile = Room(40);
        var first = Plan(Denials(100), profile, 1, Rates((50, 100), (51, 100))).Plan!;
        var little = Plan(Denials(100), profile, 1, Rates((50, 100), (51, 100), (90, 20)), first);
        var much = Plan(Denials(100), profile, 1, Rates((50, 100), (51, 100), (90, 400)), first);
        Assert.True(little.IsUnchanged);
        Assert.False(much.IsUnchanged);
        Assert.Contains(ChainPrograms.SwitchRules(much.Plan!), rule => rule.Purpose == "fw rule deny 90");
        Assert.DoesNotContain(ChainPrograms.SwitchRules(first), rule => rule.Purpose == "fw rule deny 90");
    }

    [Fact]
    public void Rules_of_other_chains_count_against_the_room_in_a_table()
    {
        var profile = Room(160);
        var alone = Plan(Denials(100), profile, 1).Plan!;
        Assert.Empty(alone.Offload!.Cuts);
        var beside = Plan(
            Denials(100) with { Name = "other", Endpoints = [new ChainEndpoint("c", "br0", 3), new ChainEndpoint("d", "br0", 4)], Links = [SampleChains.Link("c", "fw"), SampleChains.Link("fw", "d")] },
            profile, 1, held: [alone]).Plan!;
        Assert.NotEmpty(beside.Offload!.Cuts);
        var both = ChainPrograms.IntendedRules("br0", [alone, beside], []);
        Assert.Null(ProfileConformance.Refused(both, profile));
    }

    [Fact]
    public void What_a_switch_was_found_to_hold_counts_like_its_profile()
    {
        var inventory = SampleChains.Inventory(workers: 1);
        inventory = inventory with { Switches = [inventory.Switches[0] with { LearntCapacity = new Dictionary<byte, int> { [1] = 50 } }] };
        var plan = ChainPlanner.Plan(new PlanRequest(Denials(100), 1, 1, inventory)).Plan!;
        Assert.True(ChainPrograms.SwitchRules(plan).Count(rule => rule.Flow.Table == 1) <= 50);
    }

    [Fact]
    public void A_plan_survives_the_store_with_profile_and_choices()
    {
        var plan = Plan(Denials(100), Room(40), 1).Plan!;
        var read = PlanJson.Read(PlanJson.Write(plan));
        Assert.Equal(plan.Profile, read.Profile);
        Assert.Equal(ChainPrograms.SwitchRules(plan).Select(rule => rule.ToString()), ChainPrograms.SwitchRules(read).Select(rule => rule.ToString()));
    }

    private static RuleRates Rates(params (int Rule, double Rate)[] rates) =>
        new(rates.ToDictionary(rate => ("filter", new FunctionRule("fw", 0, $"rule deny {rate.Rule}")), rate => rate.Rate));

    private static SwitchProfile Room(int rules)
    {
        var single = SwitchProfiles.Find("single-table")!;
        var table = single.Tables[0];
        return single with { Tables = [table with { Capacity = rules, Match = table.Match!.Value.Add(new FieldProfile(Oxm.IpFragment, MaskSupport.Any)) }] };
    }

    private static SwitchProfile WithPortMasks(SwitchProfile profile, MaskSupport masks) => profile with
    {
        Tables = profile.Tables.Select(table => table with
        {
            Match = table.Match!.Value.Select(field => field.Field.Name.StartsWith("tcp_", StringComparison.Ordinal) || field.Field.Name.StartsWith("udp_", StringComparison.Ordinal)
                ? field with { Masks = masks } : field).ToEquatableArray(),
        }).ToEquatableArray(),
    };

    /// <summary>A stateless firewall that denies sources one by one, and can do without a server.</summary>
    private static ChainSpec Denials(int count) => new("filter")
    {
        Endpoints = [new ChainEndpoint("a", "br0", 1), new ChainEndpoint("b", "br0", 2)],
        Functions =
        [
            new FirewallConfiguration("fw")
            {
                AllowByDefault = true,
                PassFragments = true,
                Rules = [.. Enumerable.Range(0, count).Select(index => new FirewallRule(
                    $"deny {index}", new PacketMatch { Source = SampleChains.Prefix($"10.0.{index}.0/24") }, false, 0))],
            },
        ],
        Links = [SampleChains.Link("a", "fw"), SampleChains.Link("fw", "b")],
    };

    private static ChainSpec Macs(ChainSpec spec) => spec with
    {
        Endpoints = [.. spec.Endpoints.Select(endpoint => endpoint with { LocalMac = SampleChains.LanMac, PeerMac = SampleChains.ClientMac })],
    };

    private static PlanResult Plan(
        ChainSpec spec, SwitchProfile profile, int workers, RuleRates? rates = null, ChainPlan? previous = null, IReadOnlyList<ChainPlan>? held = null)
    {
        var inventory = SampleChains.Inventory(workers: workers);
        inventory = inventory with { Switches = [inventory.Switches[0] with { Profile = profile }] };
        return ChainPlanner.Plan(new PlanRequest(spec, previous?.ChainNumber ?? 1, (previous?.Revision ?? 0) + 1, inventory)
        {
            Rates = rates ?? RuleRates.Unknown,
            Previous = previous,
            Held = held ?? [],
        });
    }

    private static void Check(ChainPlan plan, SwitchProfile profile)
    {
        var rules = ChainPrograms.IntendedRules("br0", [plan], []);
        if (!profile.Tables.IsEmpty)
        {
            Assert.Null(ProfileConformance.Refused(rules, profile));
        }

        var verification = ChainVerifier.Verify(plan, ChainVerifierTests.Budget());
        Assert.True(
            verification.Verdict == VerificationVerdict.Verified,
            $"{verification.Verdict} {verification.Problem} {verification.Counterexample} {verification.Samples}\n{string.Join('\n', rules)}");
    }
}
