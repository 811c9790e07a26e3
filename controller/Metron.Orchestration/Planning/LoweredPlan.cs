using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>The rules of a plan as its switch takes them.</summary>
internal static class LoweredPlan
{
    /// <summary>The rules of a plan.</summary>
    /// <exception cref="InvalidOperationException">The plan was made for another switch: this one does not take the rules.</exception>
    public static IReadOnlyList<SwitchRule> SwitchRules(CompiledChain chain, ChainPlan plan)
    {
        var lowered = Lower(chain, plan);
        return lowered.IsComplete ? lowered.Rules : throw new InvalidOperationException(
            $"the plan of chain {plan.Spec.Name}, revision {plan.Revision}, is not for switch {plan.Switch}: {lowered.Problems[0]}");
    }

    /// <summary>The rules of a plan, or why its switch does not take them.</summary>
    public static LoweredRules Lower(CompiledChain chain, ChainPlan plan)
    {
        var rules = ProgramWriter.SwitchRules(chain, plan);
        return plan.Profile is { } profile ? SwitchDriver.Lower(rules, profile, plan.Offload?.Budget) : new LoweredRules(rules, []);
    }

    /// <summary>
    /// The plan with its range of priorities. Without bundles, rules that stand for several replace those of the plan before at once when they are
    /// in the other range, for which both must fit.
    /// </summary>
    public static ChainPlan WithRange(ChainPlan plan, CompiledChain chain, ChainPlan? previous)
    {
        if (plan.Offload is not { } offload || previous is not { Offload: { } before } || previous.Switch != plan.Switch)
        {
            return plan;
        }

        var old = ChainPrograms.SwitchRules(previous);
        if (!old.Any(rule => TableLayout.IsComposed(rule.Flow.Priority)) || plan.Update == PlanUpdate.InPlace)
        {
            return plan with { Offload = offload with { UpperRange = before.UpperRange } };
        }

        var flipped = plan with { Offload = offload with { UpperRange = !before.UpperRange } };
        var needed = SwitchRules(chain, flipped).Concat(old).GroupBy(rule => rule.Flow.Table).ToDictionary(group => group.Key, group => group.Count());
        var full = plan.Profile!.Tables.FirstOrDefault(table => needed.GetValueOrDefault(table.Number) > (offload.Budget.FreeIn(table) ?? int.MaxValue));
        return full is null ? flipped : plan with
        {
            Offload = offload with
            {
                UpperRange = before.UpperRange,
                Notes =
                [
                    .. offload.Notes,
                    $"table {full.Number} has no room for the rules of two revisions side by side, so while it changes a packet may meet rules of both",
                ],
            },
        };
    }
}
