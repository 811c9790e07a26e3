using CsCheck;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Packets;

namespace Metron.Orchestration.Tests;

/// <summary>Plans made from the plan before: the same as those made from nothing, and as little different from it as can be.</summary>
public class IncrementalPlanTests
{
    private static readonly Inventory WithBundles = Bundles(SampleChains.Inventory());

    [Fact]
    public void A_plan_made_from_what_was_compiled_before_is_the_plan_made_from_nothing() =>
        RandomChains.Chain.Array[2, 5].Sample(
            specs =>
            {
                ChainPlan? warm = null;
                for (var i = 0; i < specs.Length; i++)
                {
                    // With a chain of before in between, content comes back that was forgotten.
                    var request = new PlanRequest(specs[i % 2 == 0 ? i / 2 : i], 1, i + 1, WithBundles);
                    var next = ChainPlanner.Plan(request with { Previous = warm, Held = Held(warm) }).Plan!;
                    var read = warm is null ? null : PlanJson.Read(PlanJson.Write(warm));
                    var cold = ChainPlanner.Plan(request with { Spec = SampleChains.Copy(request.Spec), Previous = read, Held = Held(read) }).Plan!;
                    Assert.Equal(PlanJson.Write(cold), PlanJson.Write(next));
                    Assert.Equal(Describe(PlanJson.Read(PlanJson.Write(cold))), Describe(next));
                    warm = next;
                }
            },
            iter: 60);

    [Fact]
    public void Edits_of_rules_one_after_the_other_lead_to_what_the_last_list_leads_to() =>
        Gen.Select(RandomRules.List[1, 30], Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1000], RandomRules).List[1, 6], Gen.Bool).Sample(
            (rules, edits, stateful) =>
            {
                var plan = Plan(Filter(rules, stateful), null, 1);
                var revision = 1;
                foreach (var (kind, at, rule) in edits)
                {
                    Edit(rules, kind, at, rule);
                    plan = Plan(Filter(rules, stateful), plan, ++revision);
                    Assert.Equal(Describe(PlanJson.Read(PlanJson.Write(plan))), Describe(plan));
                }

                var alone = Plan(SampleChains.Copy(Filter(rules, stateful)), null, revision);
                Assert.Equal(alone.Digest, plan.Digest);
            },
            iter: 100);

    [Fact]
    public void Rules_in_another_order_that_means_the_same_send_nothing()
    {
        List<FirewallRule> rules = [.. Enumerable.Range(1, 200).Select(port => new FirewallRule($"p{port}", SampleChains.Tcp((ushort)port), port % 3 != 0, null))];
        foreach (var stateful in new[] { false, true })
        {
            var before = Plan(Filter(rules, stateful), null, 1);
            var after = Plan(Filter([.. rules.AsEnumerable().Reverse()], stateful), before, 2);

            AssertSendsNothing(before, after);
        }
    }

    [Fact]
    public void A_rule_s_name_is_a_comment_where_the_switch_carries_it_out()
    {
        List<FirewallRule> rules = [new("one", SampleChains.Tcp(80), true, null), new("two", SampleChains.Tcp(22), false, null)];
        var before = Plan(Filter(rules, stateful: false), null, 1);
        var after = Plan(Filter([rules[0] with { Name = "other" }, rules[1]], stateful: false), before, 2);

        AssertSendsNothing(before, after);
        Assert.Contains(ChainPrograms.SwitchRules(after), rule => rule.Purpose == "fw rule other");
    }

    [Fact]
    public void One_rule_more_sends_that_rule_and_what_depends_on_it()
    {
        List<FirewallRule> rules = [.. Enumerable.Range(1, 500).Select(port => new FirewallRule($"p{port}", SampleChains.Tcp((ushort)port), true, 0))];
        var before = Plan(Filter(rules, stateful: false), null, 1);
        rules.Insert(3, new FirewallRule("new", SampleChains.Tcp(7) with { IpVersion = 4 }, false, 0));
        var after = Plan(Filter(rules, stateful: false), before, 2);

        var sent = Delta(before, after).Phases.SelectMany(phase => phase.FlowMods).ToList();

        // The new one is for IPv4 and lies over p7; the drop of fragments, which comes before every rule, gets deeper: for two IP versions.
        Assert.Equal(3, sent.Count(message => message.Command == FlowModCommand.Add));
        Assert.Equal(2, sent.Count(message => message.Command == FlowModCommand.DeleteStrict));
        Assert.Equal(PlanUpdate.InPlace, after.Update);
    }

    [Fact]
    public void A_change_in_place_keeps_positions_and_the_programs_that_do_the_same()
    {
        var before = Plan(SampleChains.Web(), null, 1);
        var spec = SampleChains.Web();
        var after = Plan(spec with { PassNeighborDiscovery = true }, before, 2);

        Assert.Equal((PlanUpdate.InPlace, 1L, 1L), (after.Update, after.ProgramRevision, after.DeployedRevision));
        Assert.Equal(before.Positions, after.Positions);
        Assert.Equal(Tags(before), Tags(after));
        Assert.Equal(before.ProgramDigest, ChainPrograms.Digest(ChainPrograms.ResidualPrograms(after)["s1"]));
        Assert.All(Delta(before, after).Phases.SelectMany(phase => phase.FlowMods), message => Assert.Equal(TableLayout.NeighborPriority, message.Priority));
    }

    [Fact]
    public void A_change_of_what_servers_do_gets_tags_of_its_own_and_keeps_positions()
    {
        var before = Plan(SampleChains.Web(), null, 1);
        var spec = SampleChains.Web();
        var router = SampleChains.Router();
        router = router with { Routes = [.. router.Routes, new Route(IpPrefix.Parse("10.7.0.0/24"), new NextHop(0, MacAddress.Parse("02:00:00:00:07:07")))] };
        var after = Plan(spec with { Functions = [spec.Functions[0], router, spec.Functions[2]] }, before, 2);

        Assert.Equal((0L, 2L), (after.ProgramRevision, after.DeployedRevision));
        Assert.Empty(Tags(before).Intersect(Tags(after)));
        Assert.Equal(before.Positions, after.Positions);
    }

    [Fact]
    public void Without_bundles_positions_are_new_and_tags_stay_only_while_they_mean_the_same()
    {
        var inventory = SampleChains.Inventory();
        var before = Plan(SampleChains.Web(), null, 1, inventory);
        var spec = SampleChains.Web();
        var same = Plan(spec with { PassNeighborDiscovery = true }, before, 2, inventory);
        var moved = Plan(spec with { Endpoints = [spec.Endpoints[0], spec.Endpoints[1] with { Port = 3 }] }, before, 2, inventory);

        Assert.All([same, moved], plan => Assert.Equal(PlanUpdate.TwoPhase, plan.Update));
        Assert.All([same, moved], plan => Assert.Empty(Numbers(before).Intersect(Numbers(plan))));
        Assert.Equal(Tags(before), Tags(same));
        Assert.Empty(Tags(before).Intersect(Tags(moved)));
    }

    [Fact]
    public void Rules_of_one_identity_are_written_once()
    {
        // For IPv4, both become "tcp_dst=80" at the same priority, and neither covers the other.
        FirewallRule Ports(string name, int? version, ushort first, ushort last) => new(
            name, new PacketMatch { IpVersion = version, Protocol = new(IpProtocol.Tcp), DestinationPort = new(new PortRange(first, last)) }, true, null);

        var rules = ChainPrograms.SwitchRules(Plan(Filter([Ports("one", 4, 79, 80), Ports("two", null, 80, 80)], stateful: false), null, 1));

        Assert.Equal(rules.Count, rules.Select(rule => RuleIdentity.Of(rule.Flow)).Distinct().Count());
        Assert.All(
            rules.Where(rule => rule.ToString().Contains("eth_type=0x0800,ip_proto=6,tcp_dst=80", StringComparison.Ordinal)),
            rule => Assert.Equal("fw rule one", rule.Purpose));
    }

    [Fact]
    public void Random_chains_give_no_two_rules_of_one_identity() =>
        RandomChains.Chain.Sample(
            spec =>
            {
                var rules = ChainPrograms.SwitchRules(Plan(spec, null, 1));
                Assert.Equal(rules.Count, rules.Select(rule => RuleIdentity.Of(rule.Flow)).Distinct().Count());
            },
            iter: 100);

    private static readonly Gen<FirewallRule> RandomRules =
        from port in Gen.Int[78, 82]
        from length in Gen.Int[0, 2]
        from source in Gen.Int[0, 3]
        from allow in Gen.Bool
        from side in Gen.OneOf<int?>(null, 0, 1)
        from name in Gen.OneOf("", "a", "b")
        select new FirewallRule(
            name,
            new PacketMatch
            {
                Protocol = new(IpProtocol.Tcp),
                Source = source == 3 ? null : new(new IpPrefix(new IpAddress(0x0a000000u + (uint)source, false), 32)),
                DestinationPort = new(new PortRange((ushort)port, (ushort)(port + length))),
            },
            allow,
            side);

    private static void AssertSendsNothing(ChainPlan before, ChainPlan after)
    {
        Assert.True(Delta(before, after).IsEmpty);
        Assert.Equal(before.ProgramDigest, after.ProgramDigest);
        Assert.True(after.Placement is null || before.DeployedRevision == after.DeployedRevision);
    }

    private static SwitchChange Delta(ChainPlan before, ChainPlan after) => SwitchDiff.Compare(
        ChainPrograms.SwitchRules(after),
        ChainPrograms.SwitchRules(before).Select(rule => new InstalledRule(
            rule.Flow.Table, rule.Flow.Priority, rule.Flow.Match, rule.Flow.Cookie, rule.Flow.Instructions)));

    private static string Describe(ChainPlan plan) =>
        string.Join('\n', ChainPrograms.SwitchRules(plan).Select(rule => $"{rule} {rule.Role} {rule.Purpose} {rule.ClassId} {rule.DropReason}"));

    private static ChainSpec Filter(List<FirewallRule> rules, bool stateful)
    {
        var spec = SampleChains.Filter();
        return spec with { Functions = [new FirewallConfiguration("fw") { Rules = [.. rules], Stateful = stateful }] };
    }

    private static void Edit(List<FirewallRule> rules, int kind, int at, FirewallRule rule)
    {
        at %= rules.Count;
        switch (kind)
        {
            case 0:
                rules.Insert(at, rule);
                break;
            case 1 when rules.Count > 1:
                rules.RemoveAt(at);
                break;
            case 2:
                (rules[0], rules[at]) = (rules[at], rules[0]);
                break;
            default:
                rules[at] = rule;
                break;
        }
    }

    private static IEnumerable<uint> Numbers(ChainPlan plan) => plan.Positions.Select(position => position.Number);

    private static IEnumerable<uint> Tags(ChainPlan plan) => plan.IngressTags.Select(tag => tag.Value).Concat(plan.EgressTags.Select(tag => tag.Value));

    private static ChainPlan[] Held(ChainPlan? plan) => plan is null ? [] : [plan];

    private static Inventory Bundles(Inventory inventory) =>
        inventory with { Switches = [.. inventory.Switches.Select(target => target with { HasBundles = true })] };

    private static ChainPlan Plan(ChainSpec spec, ChainPlan? previous, long revision, Inventory? inventory = null) =>
        ChainPlanner.Plan(new PlanRequest(spec, 1, revision, inventory ?? WithBundles) { Previous = previous, Held = Held(previous) }).Plan!;
}
