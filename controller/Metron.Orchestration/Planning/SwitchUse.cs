using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>What of a switch's tables is not free for a chain.</summary>
internal static class SwitchUse
{
    /// <summary>The limits of all tables that have some: rules of other chains, rules that serve all chains, and what was learnt.</summary>
    public static List<TableLimit> Limits(PlanRequest request, SwitchDescription target)
    {
        var others = request.Held.Where(plan => plan.Switch == target.Name && plan.Spec.Name != request.Spec.Name).Distinct().ToList();
        var shared = SwitchDriver.LowerShared(
            SharedRules.Write(others.Select(plan => plan.Spec).Append(request.Spec)
                .SelectMany(spec => spec.Endpoints)
                .SelectMany(endpoint => endpoint.Ports, (endpoint, port) => new EndpointUse(port, endpoint.Vlan, TakesAll: false))),
            target.Profile);
        var used = others.SelectMany(ChainPrograms.SwitchRules).Concat(shared)
            .GroupBy(rule => rule.Flow.Table)
            .ToDictionary(group => group.Key, group => group.Select(rule => RuleIdentity.Of(rule.Flow)).Distinct().Count());
        return
        [
            .. used.Keys.Concat(target.LearntCapacity.Keys).Distinct().Order().Select(table => new TableLimit(
                table, used.GetValueOrDefault(table), target.LearntCapacity.TryGetValue(table, out var learnt) ? learnt : null)),
        ];
    }
}
