using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration.Tests.Placement;

public class PlacementTests
{
    [Fact]
    public void Every_server_that_cannot_be_chosen_is_told_with_its_reason()
    {
        var other = Planned("other", SampleChains.Server("apart", 2, 30));
        var inventory = Servers(
            Labelled("apart", 30),
            Labelled("away", 40) with { IsConnected = false },
            Labelled("cordoned", 50) with { Use = ServerUse.Cordoned },
            Labelled("drained", 60) with { Use = ServerUse.Draining },
            Labelled("fits", 10),
            SampleChains.Server("plain", 2, 70),
            Labelled("silent", 80) with { IsLost = true },
            Labelled("small", 90) with { Workers = [new WorkerDescription(0, "br0", 90)] });
        var spec = Spec(new ChainResources { MinimumCores = 2, ServerLabels = new Dictionary<string, string> { ["rack"] = "7" }, ApartFrom = ["other"] });
        var plan = ChainPlanner.Plan(new PlanRequest(spec, 2, 1, inventory) { Held = [other] }).Plan!;

        Assert.Equal("fits", plan.Placement!.Server);
        Assert.Equal("the only one that fits", plan.Choice!.Reason);
        Assert.Equal(
            [
                new RejectedServer("apart", "runs chain other, which this one is kept apart from"),
                new RejectedServer("away", "is not connected"),
                new RejectedServer("cordoned", "is cordoned"),
                new RejectedServer("drained", "is drained"),
                new RejectedServer("plain", "lacks label rack=7"),
                new RejectedServer("silent", "does not answer"),
                new RejectedServer("small", "has 1"),
            ],
            plan.Choice.Rejected);

        // The choice is stored with the plan.
        Assert.Equal(plan.Choice.Rejected, PlanJson.Read(PlanJson.Write(plan)).Choice!.Rejected);
    }

    [Fact]
    public void Being_kept_apart_holds_for_both_chains()
    {
        var server = SampleChains.Server("s1", 2);
        var other = Planned("other", server, new ChainResources { ApartFrom = ["web"] });
        var result = ChainPlanner.Plan(new PlanRequest(SampleChains.Web(), 2, 1, Servers(server)) { Held = [other] });

        Assert.Equal("no connected server has a worker attached to switch br0: s1 runs chain other, which this one is kept apart from", result.Problem!.Message);
    }

    [Theory]
    [InlineData(true, ServerUse.InUse, "s2", "s1 is lost; the only one that fits")]
    [InlineData(false, ServerUse.Draining, "s2", "s1 is drained; the only one that fits")]
    [InlineData(false, ServerUse.Cordoned, "s1", null)]
    public void A_chain_leaves_a_server_that_is_lost_or_drained_and_stays_on_a_cordoned_one(bool isLost, ServerUse use, string expected, string? reason)
    {
        var (one, two) = (SampleChains.Server("s1", 2), SampleChains.Server("s2", 2, 20));
        var before = ChainPlanner.Plan(new PlanRequest(SampleChains.Web(), 1, 1, Servers(one))).Plan!;
        var inventory = Servers(one with { IsLost = isLost, IsConnected = !isLost, Use = use }, two);
        var result = ChainPlanner.Plan(new PlanRequest(SampleChains.Web(), 1, 2, inventory) { Previous = before, Held = [before] });

        Assert.Equal(expected, result.Plan!.Placement!.Server);
        Assert.Equal(expected == "s1", result.IsUnchanged);
        Assert.Equal(reason ?? before.Choice!.Reason, result.Choice!.Reason);
    }

    [Fact]
    public void A_chain_that_has_nowhere_to_go_stays_and_says_why()
    {
        var one = SampleChains.Server("s1", 2);
        var before = ChainPlanner.Plan(new PlanRequest(SampleChains.Web(), 1, 1, Servers(one))).Plan!;
        var inventory = Servers(one with { IsLost = true, IsConnected = false }, SampleChains.Server("s2", 2, 20) with { Use = ServerUse.Cordoned });
        var result = ChainPlanner.Plan(new PlanRequest(SampleChains.Web(), 1, 2, inventory) { Previous = before, Held = [before] });

        Assert.True(result.IsUnchanged);
        Assert.Equal("no other server can take it", result.Choice!.Reason);
        Assert.Equal([new RejectedServer("s1", "is not connected"), new RejectedServer("s2", "is cordoned")], result.Choice.Rejected);
    }

    [Fact]
    public void Busy_cores_and_what_chains_need_at_least_count_against_a_server()
    {
        var busy = SampleChains.Server("busy", 4) with { BusyCores = 3.2 };
        var promised = SampleChains.Server("promised", 4, 20) with { BusyCores = 0.5 };
        var held = Planned("other", promised, new ChainResources { MinimumCores = 2 });
        var plan = ChainPlanner.Plan(new PlanRequest(SampleChains.Web(), 2, 1, Servers(busy, promised)) { Held = [held] }).Plan!;

        Assert.Equal([new PlacementCandidate("promised", 2), new PlacementCandidate("busy", 0.8)], plan.Choice!.Candidates);
    }

    [Fact]
    public void Two_servers_are_asked_and_more_only_while_none_has_room()
    {
        string[] servers = [.. Enumerable.Range(0, 100).Select(number => $"s{number}")];
        var roomy = TwoChoices.Compare(servers, "web", name => new PlacementCandidate(name, 4), needed: 1);
        Assert.Equal(2, roomy.Count);
        Assert.Equal(roomy, TwoChoices.Compare(servers.Reverse(), "web", name => new PlacementCandidate(name, 4), needed: 1));

        var full = TwoChoices.Compare(servers, "web", name => new PlacementCandidate(name, name == "s57" ? 1 : 0), needed: 1);
        Assert.Equal("s57", full[0].Server);
        Assert.Equal(100, TwoChoices.Compare(servers, "web", name => new PlacementCandidate(name, 0), needed: 1).Count);
    }

    /// <summary>With as many chains as servers, chance alone puts ln n / ln ln n chains on the fullest, two choices ln ln n / ln 2.</summary>
    [Fact]
    public void Two_choices_spread_chains_far_better_than_chance()
    {
        const int Servers = 2000;
        string[] names = [.. Enumerable.Range(0, Servers).Select(number => $"server-{number}")];
        var twoChoices = names.ToDictionary(name => name, _ => 0);
        var chance = names.ToDictionary(name => name, _ => 0);
        for (var chain = 0; chain < Servers; chain++)
        {
            var asked = TwoChoices.Compare(names, $"chain-{chain}", name => new PlacementCandidate(name, 100 - twoChoices[name]), needed: 1);
            twoChoices[asked[0].Server]++;
            chance[asked.MinBy(candidate => candidate.Server)!.Server]++;
        }

        Assert.True(twoChoices.Values.Max() <= 4, $"the fullest has {twoChoices.Values.Max()}");
        Assert.True(chance.Values.Max() >= 5, $"the fullest by chance has {chance.Values.Max()}");
    }

    private static ServerDescription Labelled(string name, uint port) =>
        SampleChains.Server(name, 2, port) with { Labels = new Dictionary<string, string> { ["rack"] = "7", ["os"] = "debian" } };

    private static Inventory Servers(params ServerDescription[] servers) => SampleChains.Inventory() with { Servers = servers };

    private static ChainSpec Spec(ChainResources resources) => SampleChains.Web() with { Resources = resources };

    private static ChainPlan Planned(string name, ServerDescription server, ChainResources? resources = null) =>
        ChainPlanner.Plan(new PlanRequest(SampleChains.Web(name) with { Resources = resources ?? new ChainResources() }, 1, 1, Servers(server))).Plan!;
}
