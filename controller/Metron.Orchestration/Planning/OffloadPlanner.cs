using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// Plans a chain for a switch that cannot have everything: tries, learns what the switch refuses, leaves that to the server, and tries again; then gives
/// the switch those rules back that fit and save most.
/// </summary>
/// <param name="request">What is to be planned.</param>
/// <param name="whole">The chain with all that a switch could do for it.</param>
/// <param name="target">The switch.</param>
/// <param name="limits">What of its tables is not free; null to find out.</param>
internal sealed class OffloadPlanner(PlanRequest request, CompiledChain whole, SwitchDescription target, IReadOnlyList<TableLimit>? limits = null)
{
    private readonly IReadOnlyList<TableLimit> _limits = limits ?? SwitchUse.Limits(request, target);
    private readonly SortedDictionary<int, PlannedCut> _cuts = [];
    private readonly List<string> _notes = [];
    private TagKind _tagKind = target.TagKind;
    private string? _singleWorker;
    private string? _noGroups;

    /// <summary>The plan, or why there is none.</summary>
    public PlanResult Plan()
    {
        // Every turn leaves the switch less to do, or makes one of two other choices.
        while (true)
        {
            var chain = Cut();
            if (ChainPlanner.Draft(request, chain, target, _tagKind, _singleWorker, out var problem) is not { } plain)
            {
                return new PlanResult { Problem = WithReasons(problem!) };
            }

            var draft = WithOffload(plain);
            if (PlanNumbering.Canonical(chain, draft) is not { } canonical)
            {
                return ChainPlanner.Number(request, chain, draft);
            }

            var lowered = LoweredPlan.Lower(chain, canonical);
            if (lowered.IsComplete)
            {
                return Complete(draft);
            }

            if (Adjust(lowered.Problems[0], chain, canonical) is { } failure)
            {
                return new PlanResult { Problem = failure };
            }
        }
    }

    private PlanResult Complete(ChainPlan draft)
    {
        foreach (var cut in new PartialOffload(request, whole, target.Profile).Choose([.. _cuts.Values], cuts => Fits(draft, cuts)))
        {
            _cuts[cut.Endpoint] = cut;
        }

        var chain = Cut();
        var final = WithOffload(draft);
        var layout = PlanNumbering.Canonical(chain, final) is { } canonical ? LoweredPlan.Lower(chain, canonical).Layout : "";
        return ChainPlanner.Number(request, chain, final with { Classes = ClassPlanner.Describe(chain, chain.Synthesis), Offload = final.Offload! with { Layout = layout } });
    }

    private bool Fits(ChainPlan draft, IReadOnlyList<PlannedCut> cuts)
    {
        var (chain, tried) = (Cut(cuts), WithOffload(draft, cuts));
        return PlanNumbering.Canonical(chain, tried) is { } canonical && LoweredPlan.Lower(chain, canonical).IsComplete;
    }

    private CompiledChain Cut() => Cut([.. _cuts.Values]);

    private CompiledChain Cut(IReadOnlyList<PlannedCut> cuts) => whole.Cut(new OffloadPlan { Cuts = cuts }.SwitchCuts);

    private ChainPlan WithOffload(ChainPlan draft) => WithOffload(draft, [.. _cuts.Values]);

    private ChainPlan WithOffload(ChainPlan draft, IReadOnlyList<PlannedCut> cuts) => draft with
    {
        Profile = target.Profile,
        Groups = _noGroups is null ? draft.Groups : GroupPlanner.WithoutGroups(draft.Groups, request.Spec, target, _noGroups),
        Offload = new OffloadPlan { Cuts = cuts, Notes = [.. _notes], Limits = _limits },
    };

    /// <summary>Makes another choice because of a problem; says why there is none.</summary>
    private PlanProblem? Adjust(LoweringProblem problem, CompiledChain chain, ChainPlan canonical)
    {
        if (problem.Action is GroupAction && _noGroups is null)
        {
            _noGroups = problem.Message;
            return null;
        }

        if (problem.Kind is LoweringProblemKind.TooManyRules or LoweringProblemKind.NoLayout)
        {
            return CutLargest(problem, chain, canonical);
        }

        if (problem.Rule?.Role == RuleRole.Tag || (problem.Table == TableLayout.Steering && problem.Kind == LoweringProblemKind.ActionMissing))
        {
            return UseMacs(problem, chain);
        }

        if (problem.Table == TableLayout.Steering)
        {
            return UseOneWorker(problem, canonical);
        }

        return StageOf(problem, chain, canonical) is var (endpoint, at) && TryCut(endpoint, at, problem) ? null : Unable(problem);
    }

    /// <summary>The function that a problem is about.</summary>
    private static (int Endpoint, GraphNode At)? StageOf(LoweringProblem problem, CompiledChain chain, ChainPlan canonical) =>
        canonical.Positions.FirstOrDefault(position => position.Number == problem.Position) is { } position
        && problem.Table is >= TableLayout.FirstStage and <= TableLayout.LastStage
        && PathOf(chain, position.Endpoint).Stages.Any(stage => stage.At == GraphNode.OfFunction(position.At.Function, position.At.Port))
            ? (position.Endpoint, GraphNode.OfFunction(position.At.Function, position.At.Port))
            : null;

    private static SwitchPath PathOf(CompiledChain chain, int endpoint) => chain.SwitchPart.Paths.First(path => path.Endpoint == endpoint);

    /// <summary>Takes the last function off the path that has most rules.</summary>
    private PlanProblem? CutLargest(LoweringProblem problem, CompiledChain chain, ChainPlan canonical)
    {
        var largest = chain.SwitchPart.Paths.Where(path => path.Stages.Count > 0 && !chain.Graph.Endpoints[path.Endpoint].IsOnServer)
            .OrderByDescending(path => path.Stages.Sum(stage => stage.RuleCount))
            .FirstOrDefault();
        return largest is not null && TryCut(largest.Endpoint, largest.Stages[^1].At, problem) ? null : UseOneWorker(problem, canonical);
    }

    private bool TryCut(int endpoint, GraphNode at, LoweringProblem problem)
    {
        var (function, from) = (whole.Graph.Functions[at.Function].Name, whole.Graph.Endpoints[endpoint].Name);
        _cuts[endpoint] = new PlannedCut(
            endpoint, new FunctionPort(at.Function, at.Port), $"packets from {from} go to the server for {function}: {problem.Message}");
        return true;
    }

    private PlanProblem? UseOneWorker(LoweringProblem problem, ChainPlan canonical)
    {
        if (_singleWorker is not null || canonical.Placement is null or { Workers.Count: 1 })
        {
            return Unable(problem);
        }

        _singleWorker = $"switch {target.Name} cannot choose a worker: {problem.Message}";
        return null;
    }

    private PlanProblem? UseMacs(LoweringProblem problem, CompiledChain chain)
    {
        if (_tagKind == TagKind.Mac)
        {
            return Unable(problem);
        }

        if (ChainPlanner.MacProblem(chain, target, TagKind.Mac) is { } missing)
        {
            return new PlanProblem(missing.Reason, $"{problem.Message}; tags by MAC address are left, but {missing.Message}");
        }

        _tagKind = TagKind.Mac;
        _notes.Add($"tags are MAC addresses, as {problem.Message}");
        return null;
    }

    private PlanProblem Unable(LoweringProblem problem) => WithReasons(new PlanProblem(
        problem.Kind == LoweringProblemKind.TooManyRules ? "tooManyRules" : "switchUnable",
        $"switch {target.Name} (profile {target.Profile.Name}) cannot have the chain: {problem.Message}"));

    private PlanProblem WithReasons(PlanProblem problem) =>
        _cuts.Count == 0 ? problem : problem with { Message = $"{problem.Message} ({string.Join("; ", _cuts.Values.Select(cut => cut.Reason))})" };
}
