using System.Collections.Immutable;
using Metron.Controller.Reconciliation;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>Asks the planner about a chain of the registry.</summary>
internal static class ChainPlanning
{
    /// <summary>What the planner says. The plan's revision is that of the spec, or higher when that number was used already.</summary>
    /// <param name="chain">The chain, with a valid spec.</param>
    /// <param name="all">All chains, whose plans hold numbers.</param>
    /// <param name="inventory">Switches and servers.</param>
    /// <param name="rates">What rules take, as it was measured.</param>
    public static PlanResult Plan(ChainState chain, ImmutableSortedDictionary<string, ChainState> all, Inventory inventory, IRuleRates rates)
    {
        var held = all.Values.SelectMany(other => other.Plans).Select(plan => plan.Plan).ToList();
        return ChainPlanner.Plan(new PlanRequest(
            chain.Graph ?? throw new ArgumentException("the chain has no valid spec", nameof(chain)),
            Math.Max(1, chain.Stored.Number),
            Math.Max(chain.Stored.Revision, chain.Stored.LastPlan + 1),
            inventory)
        {
            Rates = rates,
            Previous = chain.InForce?.Plan,
            Anew = chain.Committed is { } committed && ReconcileDecision.LacksBundles(inventory, committed),
            Held = held,
        });
    }
}
