using Metron.NetworkFunctions.Chains;
using Metron.OpenFlow;
using Metron.Orchestration;

namespace Metron.Controller.Chains;

/// <summary>Shows the groups of switches that endpoints with several ports have.</summary>
internal static class PortGroups
{
    /// <summary>A group as it is planned.</summary>
    public static V1.PortGroup ToProto(ChainPlan plan, PlannedGroup group) => new()
    {
        Number = group.Number,
        Chain = plan.Spec.Name,
        Endpoint = plan.Spec.Endpoints[group.Endpoint].Name,
        Use = group.Use == PortUse.Spread ? V1.PortUse.Spread : V1.PortUse.Failover,
        Ports = { group.Ports },
        Text = group.Number == 0 ? string.Empty : group.ToDescription().ToString(),
        Note = group.Note ?? string.Empty,
    };

    /// <summary>The groups of ours that a switch has, as it has them.</summary>
    /// <param name="name">The switch.</param>
    /// <param name="read">All its groups.</param>
    /// <param name="chains">All chains.</param>
    public static IEnumerable<V1.PortGroup> OnSwitch(string name, IEnumerable<GroupDescription> read, IEnumerable<ChainState> chains)
    {
        var planned = chains.SelectMany(chain => chain.Plans.OrderByDescending(plan => ReferenceEquals(plan, chain.InForce)))
            .Where(plan => plan.Plan.Switch == name)
            .SelectMany(plan => plan.Plan.Groups ?? [], (plan, group) => (plan.Plan, Group: group))
            .Where(pair => pair.Group.Number != 0)
            .DistinctBy(pair => pair.Group.Number).ToDictionary(pair => pair.Group.Number);
        foreach (var group in read.Where(group => group.Group is >= GroupPlanner.FirstNumber and <= GroupPlanner.LastNumber).OrderBy(group => group.Group))
        {
            var shown = planned.TryGetValue(group.Group, out var known)
                ? ToProto(known.Plan, known.Group)
                : new V1.PortGroup { Number = group.Group, Note = "left over, about to be removed" };
            shown.Text = group.ToString();
            yield return shown;
        }
    }
}
