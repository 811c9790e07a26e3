using Metron.Controller.Store;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>The numbers that a plan uses on its switch.</summary>
internal static class PlanAllocations
{
    public static IReadOnlyList<Allocation> Of(ChainPlan plan) =>
    [
        .. plan.IngressTags.Select(tag => tag.Value).Concat(plan.EgressTags.Select(tag => tag.Value)).Distinct()
            .Select(tag => new Allocation(plan.Switch, AllocationKind.Tag, tag)),
        .. plan.Positions.Select(position => new Allocation(plan.Switch, AllocationKind.Position, position.Number)).Distinct(),
    ];

    /// <summary>The meters and groups of a plan: stored with the plan alone.</summary>
    public static IEnumerable<(string Switch, string Kind, uint Number)> ResourcesOf(ChainPlan plan) =>
        (plan.Meters ?? []).Select(meter => (plan.Switch, "meter", meter.Number))
            .Concat((plan.Groups ?? []).Where(group => group.Number != 0).Select(group => (plan.Switch, "group", group.Number)));
}
