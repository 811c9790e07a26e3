using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.Offload;

namespace Metron.Orchestration.Tests.Profiles;

/// <summary>Changes in two phases where a table has no room for old and new rules at once.</summary>
public sealed class SideBySideTests
{
    private const int Room = 40;

    [Theory]
    [InlineData(21, false)]
    [InlineData(2, true)]
    public void A_change_that_does_not_fit_beside_the_old_rules_comes_in_two_steps(int tables, bool leavesMoreToServer)
    {
        var profile = Profile(tables);
        var first = Plan(Denials(0), profile).Plan!;
        Assert.Empty(first.Offload!.Cuts);

        // With tables to spare, rules go to another one meanwhile.
        var between = Plan(Denials(100), profile, first).Plan!;
        Assert.True(between.Offload!.IsInterim);
        Assert.Equal(leavesMoreToServer, between.Offload.Cuts.Count > 0);
        Assert.Contains(between.Offload.Notes, note => note.EndsWith("more stays on the server until the old ones are gone", StringComparison.Ordinal));
        AssertFits(first, between);

        var wanted = Plan(Denials(100), profile, between).Plan!;
        Assert.False(wanted.Offload!.IsInterim);
        Assert.Empty(wanted.Offload.Cuts);
        AssertFits(between, wanted);

        Assert.True(Plan(Denials(100), profile, wanted).IsUnchanged);
    }

    private static void AssertFits(ChainPlan before, ChainPlan after) => Assert.All(
        ChainPrograms.SwitchRules(before).Concat(ChainPrograms.SwitchRules(after)).Select(rule => RuleIdentity.Of(rule.Flow)).Distinct().CountBy(rule => rule.Table),
        table => Assert.True(table.Value <= Room, $"table {table.Key} would have {table.Value} rules"));

    private static SwitchProfile Profile(int tables)
    {
        var name = SwitchProfiles.Find("no-bundles")!;
        return name with { Tables = [.. Enumerable.Range(0, tables).Select(number => new TableProfile((byte)number) { Capacity = Room })] };
    }

    private static ChainSpec Denials(int from) => new("filter")
    {
        Endpoints = [new ChainEndpoint("a", "br0", 1), new ChainEndpoint("b", "br0", 2)],
        Functions =
        [
            new FirewallConfiguration("fw")
            {
                AllowByDefault = true,
                PassFragments = true,
                Rules = [.. Enumerable.Range(from, 35).Select(index => new FirewallRule(
                    $"deny {index}", new PacketMatch { Source = SampleChains.Prefix($"10.0.{index}.0/24") }, false, 0))],
            },
        ],
        Links = [SampleChains.Link("a", "fw"), SampleChains.Link("fw", "b")],
    };

    private static PlanResult Plan(ChainSpec spec, SwitchProfile profile, ChainPlan? previous = null)
    {
        var inventory = SampleChains.Inventory(workers: 1);
        inventory = inventory with { Switches = [inventory.Switches[0] with { Profile = profile, HasBundles = false }] };
        return ChainPlanner.Plan(new PlanRequest(spec, 1, (previous?.Revision ?? 0) + 1, inventory) { Previous = previous, Held = previous is null ? [] : [previous] });
    }
}
