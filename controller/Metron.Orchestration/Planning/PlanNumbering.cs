using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Gives a plan its tags and positions.</summary>
internal static class PlanNumbering
{
    /// <summary>The plan with numbers that no held plan uses; null when the tags do not suffice.</summary>
    public static ChainPlan? Assign(CompiledChain chain, ChainPlan draft, IReadOnlyList<ChainPlan> held)
    {
        var numbers = new NumberAllocator(draft.TagKind, held);
        return TryAssignIngressTags(chain, draft, numbers, out var ingressTags) && TryAssignEgressTags(chain, numbers, out var egressTags)
            ? draft with { IngressTags = ingressTags, EgressTags = egressTags, Positions = AssignPositions(chain, numbers) }
            : null;
    }

    private static bool TryAssignIngressTags(CompiledChain chain, ChainPlan draft, NumberAllocator numbers, out List<PlannedIngressTag> tags)
    {
        tags = [];
        var workers = draft.Placement?.Workers ?? [];
        foreach (var path in chain.ServerPaths)
        {
            for (var i = 0; i < workers.Count; i++)
            {
                if (!numbers.TryTakeTag(out var value))
                {
                    return false;
                }

                tags.Add(new PlannedIngressTag(
                    value,
                    path.Endpoint,
                    new FunctionPort(path.End.Function, path.End.Port),
                    workers[i],
                    SteeringPlanner.FieldAt(chain.Graph.Endpoints[path.Endpoint], draft.Steering.Bits),
                    SteeringPlanner.ValuesOf(i, workers.Count)));
            }
        }

        return true;
    }

    private static bool TryAssignEgressTags(CompiledChain chain, NumberAllocator numbers, out List<PlannedEgressTag> tags)
    {
        tags = [];
        foreach (var endpoint in ServerPart.Of(chain.Graph, chain.SwitchPart).Endpoints.Where(index => chain.Spec.Endpoints[index].IsEgress))
        {
            if (!numbers.TryTakeTag(out var value))
            {
                return false;
            }

            tags.Add(new PlannedEgressTag(value, endpoint));
        }

        return true;
    }

    private static List<PlannedPosition> AssignPositions(CompiledChain chain, NumberAllocator numbers) =>
    [
        .. chain.SwitchPart.Paths.SelectMany(path => Nodes(path).Select(node => new PlannedPosition(
            numbers.TakePosition(), path.Endpoint, new FunctionPort(node.Function, node.Port)))),
    ];

    /// <summary>Every function port that packets of a path are at while they are on the switch.</summary>
    private static IEnumerable<GraphNode> Nodes(SwitchPath path) =>
        path.Stages.Select(stage => stage.At).Concat(path.End.IsEndpoint ? [] : [path.End]).Distinct();
}
