using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Vlan;
using Metron.Packets;

namespace Metron.Orchestration.Tests;

/// <summary>Tags of every kind: which are given out, when again, and what is said when there are none.</summary>
public class TagAllocationTests
{
    public static TheoryData<TagKind> Kinds => [.. Enum.GetValues<TagKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Tags_are_of_the_kind_s_values_and_no_two_plans_of_a_switch_share_one(TagKind kind)
    {
        var range = TagRange.Of(kind);
        var held = new List<ChainPlan>();
        for (uint number = 1; number <= 5; number++)
        {
            held.Add(Plan(kind, number, 1, held, null).Plan!);
        }

        var tags = held.SelectMany(Tags).ToList();
        Assert.Equal(tags.Count, tags.Distinct().Count());
        Assert.All(tags, tag => Assert.InRange(tag, range.First, range.Last));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Tags_of_a_revision_that_drains_are_not_given_out_before_it_has_gone(TagKind kind)
    {
        // Revisions come and go; a packet of each may be on its way to the server until it is no longer held.
        var first = Plan(kind, 1, 1, [], null).Plan!;
        var second = Plan(kind, 1, 2, [first], first).Plan!;
        Assert.Empty(Tags(first).Intersect(Tags(second)));

        var third = Plan(kind, 1, 3, [first, second], second).Plan!;
        Assert.Empty(Tags(third).Intersect(Tags(first)));
        Assert.Empty(Tags(third).Intersect(Tags(second)));

        var other = Plan(kind, 2, 1, [first, second, third], null).Plan!;
        Assert.Empty(Tags(other).Intersect(Tags(first).Concat(Tags(second)).Concat(Tags(third))));

        // The first has drained: its tags are the lowest, and the next that are given out.
        var fourth = Plan(kind, 1, 4, [second, third, other], third).Plan!;
        Assert.Equal(Tags(first).Order(), Tags(fourth).Order());
    }

    [Fact]
    public void Code_points_run_out_with_a_problem_that_names_the_kind_and_drained_ones_end_it()
    {
        var held = new List<ChainPlan>();
        PlanProblem? problem = null;
        while (problem is null && held.Count < 20)
        {
            var result = Plan(TagKind.Dscp, (uint)held.Count + 1, 1, held, null);
            problem = result.Problem;
            held.AddRange(result.Plan is { } plan ? [plan] : []);
        }

        Assert.Equal(10, held.Count);
        Assert.Equal("tagsExhausted", problem?.Reason);
        Assert.Equal(
            "switch br0 tags by dscp and has 63 tags of that kind: 60 are taken, 3 free, 6 needed; let the chain use fewer workers (resources.maxCores), remove a chain, "
            + "or write tagging vlan or mac or qinq or mpls for the switch",
            problem?.Message);

        held.RemoveAt(4);
        Assert.NotNull(Plan(TagKind.Dscp, 11, 1, held, null).Plan);
    }

    [Fact]
    public void A_change_that_finds_no_tags_says_how_many_are_its_own_until_they_have_drained()
    {
        var held = new List<ChainPlan>();
        for (uint number = 1; number <= 10; number++)
        {
            held.Add(Plan(TagKind.Dscp, number, 1, held, null).Plan!);
        }

        var changed = Plan(TagKind.Dscp, 1, 2, held, held[0]);

        Assert.Contains("(6 are this chain's own, until its revisions before have drained)", changed.Problem?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_that_has_not_said_that_DSCP_may_be_lost_is_not_placed_on_a_switch_that_tags_by_it()
    {
        var result = ChainPlanner.Plan(new PlanRequest(SampleChains.Web(), 1, 1, SampleChains.Inventory(TagKind.Dscp)));

        Assert.Equal(
            new PlanProblem(
                "dscpWouldBeLost",
                "switch br0 tags by dscp, so packets leave with DSCP 0; write dscpMayBeLost: true if that is right for this chain, or another tagging for the switch"),
            result.Problem);
    }

    [Theory]
    [InlineData(TagKind.Mpls, false, null)]
    [InlineData(TagKind.Mpls, true, "frames with a VLAN header of their own come in at endpoint clients")]
    [InlineData(TagKind.Dscp, false, "ARP requests, which a function answers, come in at endpoint clients")]
    [InlineData(TagKind.Dscp, true, "frames with a VLAN header of their own come in at endpoint clients")]
    public void Frames_that_cannot_carry_the_kind_of_tag_are_named(TagKind kind, bool isVlan, string? problem)
    {
        NetworkFunctionConfiguration function = isVlan
            ? new VlanConfiguration("f") { InsideId = 7 }
            : new NeighborResponderConfiguration("f") { Answers = [new(IpPrefix.Parse("10.1.0.1/32"), MacAddress.Parse("02:00:00:00:00:01")) { FromPort = 0 }] };
        var spec = new ChainSpec("c")
        {
            Endpoints = [new ChainEndpoint("clients", "br0", 1) { Vlan = isVlan ? (ushort)7 : (ushort)0 }, new ChainEndpoint("net", "br0", 2)],
            Functions = [function],
            Links = [new ChainLink(new("clients", null), new("f", null)), new ChainLink(new("f", null), new("net", null))],
            DscpMayBeLost = true,
        };

        var result = ChainPlanner.Plan(new PlanRequest(spec, 1, 1, VirtualInventory.For(spec, kind, 2)));

        Assert.Equal(problem is null ? null : "framesNotTaggable", result.Problem?.Reason);
        Assert.Contains(problem ?? "", result.Problem?.Message ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_stored_plan_is_read_back_with_its_kind_of_tag(TagKind kind)
    {
        var plan = Plan(kind, 1, 1, [], null).Plan!;

        var read = PlanJson.Read(PlanJson.Write(plan));

        Assert.Equal(kind, read.TagKind);
        Assert.Equal(
            ChainPrograms.IntendedRules("br0", [plan], []).Select(rule => rule.ToString()),
            ChainPrograms.IntendedRules("br0", [read], []).Select(rule => rule.ToString()));
    }

    private static PlanResult Plan(TagKind kind, uint number, long revision, IReadOnlyList<ChainPlan> held, ChainPlan? previous)
    {
        var web = SampleChains.Web($"web{number}");

        // Another pool for each revision, so that the program of the server is another one.
        var spec = web with
        {
            DscpMayBeLost = true,
            Functions =
            [
                .. web.Functions.Select(function => function is NaptConfiguration napt
                    ? napt with { Pool = [napt.Pool[0] with { Last = new IpAddress(napt.Pool[0].Last.Value + (UInt128)revision, false) }] }
                    : function),
            ],
        };
        return ChainPlanner.Plan(new PlanRequest(spec, number, revision, SampleChains.Inventory(kind)) { Held = [.. held], Previous = previous });
    }

    private static IEnumerable<uint> Tags(ChainPlan plan) => plan.IngressTags.Select(tag => tag.Value).Concat(plan.EgressTags.Select(tag => tag.Value));
}
