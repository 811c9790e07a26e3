using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Gives a plan its tags and positions.</summary>
internal static class PlanNumbering
{
    /// <summary>The plan with numbers as if the switch were empty, so that plans compare by what they do; null when the tags do not suffice.</summary>
    public static ChainPlan? Canonical(CompiledChain chain, ChainPlan draft) => Assign(chain, draft, [], null);

    /// <summary>The plan with numbers that no held plan uses; null when the tags do not suffice.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="draft">The plan without numbers.</param>
    /// <param name="held">Plans whose numbers are taken.</param>
    /// <param name="previous">
    /// The plan before on the same switch: tags are kept where the servers' programs do the same, as then these stay; positions where the
    /// switch is changed in place.
    /// </param>
    public static ChainPlan? Assign(CompiledChain chain, ChainPlan draft, IReadOnlyList<ChainPlan> held, ChainPlan? previous)
    {
        var numbers = new NumberAllocator(draft.TagKind, held);
        draft = draft with { Meters = MeterPlanner.Number(draft, held, previous), Groups = GroupPlanner.Number(draft, held, previous) };
        var plan = KeepPrograms(chain, draft, previous);
        if (plan is null)
        {
            if (!TryAssignIngressTags(chain, draft, numbers, out var ingressTags) || !TryAssignEgressTags(chain, numbers, out var egressTags))
            {
                return null;
            }

            plan = draft with { IngressTags = ingressTags, EgressTags = egressTags };
            plan = plan with { ProgramDigest = DigestOf(chain, plan) };
        }

        return plan with { Positions = AssignPositions(chain, plan, numbers, plan.Update == PlanUpdate.InPlace ? previous : null) };
    }

    /// <summary>The plan with the tags and programs of the plan before; null when its programs would do something else.</summary>
    private static ChainPlan? KeepPrograms(CompiledChain chain, ChainPlan draft, ChainPlan? previous)
    {
        if (previous is null || previous.ProgramDigest.Length == 0 || previous.TagKind != draft.TagKind || draft.Placement is null
            || previous.Placement?.Server != draft.Placement.Server || (draft.Update == PlanUpdate.TwoPhase && !HasSameTagRules(draft, previous)))
        {
            return null;
        }

        // Tags have an order of their own in each plan: the same number stands for the same when the programs turn out to be the same.
        var ingress = new TagsOf(previous.IngressTags.Select(tag => tag.Value));
        var egress = new TagsOf(previous.EgressTags.Select(tag => tag.Value));
        if (!TryAssignIngressTags(chain, draft, ingress, out var ingressTags) || !TryAssignEgressTags(chain, egress, out var egressTags))
        {
            return null;
        }

        var plan = draft with { IngressTags = ingressTags, EgressTags = egressTags };
        return DigestOf(chain, plan) == previous.ProgramDigest
            ? plan with { ProgramRevision = previous.DeployedRevision, ProgramDigest = previous.ProgramDigest }
            : null;
    }

    /// <summary>
    /// Whether the rules of the same tags would be the same: in two phases, a tag must not change its meaning, since packets of the plan
    /// before still have it.
    /// </summary>
    private static bool HasSameTagRules(ChainPlan draft, ChainPlan previous) =>
        draft.Spec.Endpoints.SequenceEqual(previous.Spec.Endpoints)
        && draft.Placement!.Workers.SequenceEqual(previous.Placement!.Workers) && draft.Steering == previous.Steering;

    private static string DigestOf(CompiledChain chain, ChainPlan plan) =>
        ProgramWriter.ResidualPrograms(chain, plan).Values.FirstOrDefault() is { } program ? PlanDigest.Of(program, chain.Memory.ContentOf) : "";

    private static bool TryAssignIngressTags(CompiledChain chain, ChainPlan draft, ITagSource numbers, out List<PlannedIngressTag> tags)
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

    private static bool TryAssignEgressTags(CompiledChain chain, ITagSource numbers, out List<PlannedEgressTag> tags)
    {
        tags = [];
        foreach (var endpoint in ServerPart.Of(chain.Graph, chain.SwitchPart).Endpoints.Where(index => chain.Graph.Endpoints[index].IsEgress))
        {
            if (!numbers.TryTakeTag(out var value))
            {
                return false;
            }

            tags.Add(new PlannedEgressTag(value, endpoint));
        }

        return true;
    }

    private static List<PlannedPosition> AssignPositions(CompiledChain chain, ChainPlan plan, NumberAllocator numbers, ChainPlan? previous)
    {
        var kept = (previous?.Positions ?? []).ToDictionary(position => NameOf(previous!.Spec, position.Endpoint, position.At), position => position.Number);
        return
        [
            .. chain.SwitchPart.Paths.Where(path => !chain.Graph.Endpoints[path.Endpoint].IsOnServer).SelectMany(path => Nodes(path).Select(node =>
            {
                var at = new FunctionPort(node.Function, node.Port);
                var number = kept.TryGetValue(NameOf(plan.Spec, path.Endpoint, at), out var known) ? known : numbers.TakePosition();
                return new PlannedPosition(number, path.Endpoint, at);
            })),
        ];
    }

    /// <summary>What a position is called whatever else the chain has: by the names of endpoint, function and port.</summary>
    private static (string Endpoint, string Function, string Port) NameOf(ChainSpec spec, int endpoint, FunctionPort at) =>
        (spec.Endpoints[endpoint].Name, spec.Functions[at.Function].Name, spec.Functions[at.Function].Ports[at.Port]);

    /// <summary>Every function port that packets of a path are at while they are on the switch.</summary>
    private static IEnumerable<GraphNode> Nodes(SwitchPath path) =>
        path.Stages.Select(stage => stage.At).Concat(path.End.IsEndpoint ? [] : [path.End]).Distinct();

    /// <summary>Gives out the tags of a plan again, in its order.</summary>
    private sealed class TagsOf(IEnumerable<uint> tags) : ITagSource
    {
        private readonly Queue<uint> _tags = new(tags);

        public bool TryTakeTag(out uint tag) => _tags.TryDequeue(out tag);
    }
}
