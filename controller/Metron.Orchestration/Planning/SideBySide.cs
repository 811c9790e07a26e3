using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Orchestration;

/// <summary>
/// Plans for switches that change rules in two phases: new rules stand beside the old ones until these go. Where both do not fit, a plan that leaves more
/// to the server comes in between, small enough to fit beside the old rules as well as beside those that are wanted in the end.
/// </summary>
internal static class SideBySide
{
    /// <summary>The plan, or the one that comes before it.</summary>
    /// <param name="request">What is to be planned.</param>
    /// <param name="chain">The chain, compiled.</param>
    /// <param name="target">The switch.</param>
    public static PlanResult Plan(PlanRequest request, CompiledChain chain, SwitchDescription target)
    {
        var wanted = new OffloadPlanner(request, chain, target).Plan();
        if (wanted is not { IsUnchanged: false, Plan: { Update: PlanUpdate.TwoPhase, Offload: { } offload } plan }
            || request.Previous is not { } before || before.Switch != plan.Switch)
        {
            return wanted;
        }

        var (old, next) = (ChainPrograms.SwitchRules(before), ChainPrograms.SwitchRules(plan));
        if (old.Concat(next).Any(rule => ChangesInPlace(rule.Flow)) || FullTable(plan, offload, old, next) is not { } full)
        {
            return wanted;
        }

        var limits = Beside(offload.Limits, CountsOf(old), CountsOf(next));
        var between = new OffloadPlanner(request, chain, target, limits).Plan();
        if (between is not { IsUnchanged: false, Plan: { Offload: { } less } small } || FullTable(small, offload, old, ChainPrograms.SwitchRules(small)) is not null)
        {
            return wanted;
        }

        // What comes behind a plan in between is the end: two that only make room for each other would go on for ever.
        var isInterim = before.Offload is not { IsInterim: true };
        var noted = small with
        {
            Offload = less with
            {
                IsInterim = isInterim,
                Notes =
                [
                    .. less.Notes,
                    isInterim
                        ? $"table {full} has no room for old and new rules side by side: more stays on the server until the old ones are gone"
                        : $"table {full} had no room for more rules beside those that were there",
                ],
            },
        };
        PlanMeaning.Keep(noted, PlanMeaning.Of(small).Chain);
        return between with { Plan = noted };
    }

    /// <summary>Rules that are exchanged one by one, by their priorities: docs/switches.md, "Changing rules".</summary>
    private static bool ChangesInPlace(FlowMod flow) => TableLayout.IsComposed(flow.Priority) && flow.Match[Oxm.Metadata] is null;

    /// <summary>A table that has no room for both; null when all have.</summary>
    private static byte? FullTable(ChainPlan plan, OffloadPlan offload, IReadOnlyList<SwitchRule> old, IReadOnlyList<SwitchRule> next)
    {
        var tables = plan.Profile!.Tables;
        foreach (var (table, count) in CountsOf([.. old, .. next]).OrderBy(of => of.Key))
        {
            var described = tables.FirstOrDefault(candidate => candidate.Number == table) ?? new TableProfile(table);
            if (count > (offload.Budget.FreeIn(described) ?? int.MaxValue))
            {
                return table;
            }
        }

        return null;
    }

    private static Dictionary<byte, int> CountsOf(IEnumerable<SwitchRule> rules) => rules.Select(rule => RuleIdentity.Of(rule.Flow)).Distinct()
        .CountBy(identity => identity.Table).ToDictionary();

    /// <summary>Limits for rules that have others beside them, first the old ones and then those that are wanted.</summary>
    private static List<TableLimit> Beside(IReadOnlyList<TableLimit> limits, Dictionary<byte, int> old, Dictionary<byte, int> next) =>
    [
        .. limits.Select(limit => limit.Table).Concat(old.Keys).Concat(next.Keys).Distinct().Order().Select(table =>
        {
            var limit = limits.FirstOrDefault(candidate => candidate.Table == table) ?? new TableLimit(table, 0, null);
            return limit with { Used = limit.Used + Math.Max(old.GetValueOrDefault(table), next.GetValueOrDefault(table)) };
        }),
    ];
}
