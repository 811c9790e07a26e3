using System.Runtime.CompilerServices;
using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>
/// What a plan was compiled to, kept as long as the plan object itself: rules are asked for again and again, and the plan of the next
/// revision is made from it. It follows from the plan alone, so nobody can tell whether it was kept or made anew but by the time it takes.
/// </summary>
internal sealed class PlanMeaning
{
    private static readonly ConditionalWeakTable<ChainPlan, PlanMeaning> Kept = [];

    private readonly Lazy<IReadOnlyList<SwitchRule>> _rules;

    // ConditionalWeakTable lets a value refer to its key without keeping it alive.
    private PlanMeaning(CompiledChain chain, ChainPlan plan)
    {
        Chain = chain;
        _rules = new Lazy<IReadOnlyList<SwitchRule>>(() => LoweredPlan.SwitchRules(chain, plan));
    }

    /// <summary>The chain, compiled.</summary>
    public CompiledChain Chain { get; }

    /// <summary>The plan's rules on its switch.</summary>
    public IReadOnlyList<SwitchRule> Rules => _rules.Value;

    /// <summary>Keeps what a plan was made from.</summary>
    public static void Keep(ChainPlan plan, CompiledChain chain) => Kept.AddOrUpdate(plan, new PlanMeaning(chain, plan));

    /// <summary>What a plan was compiled to; compiles it when that is not known.</summary>
    public static PlanMeaning Of(ChainPlan plan) => Kept.GetValue(plan, static made => new PlanMeaning(CompiledChain.Of(made.Spec).Cut(made.Offload?.SwitchCuts ?? []), made));

    /// <summary>What a plan was compiled to, if that is known.</summary>
    public static PlanMeaning? IfKnown(ChainPlan plan) => Kept.TryGetValue(plan, out var known) ? known : null;
}
