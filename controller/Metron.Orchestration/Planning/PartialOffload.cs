using System.Text.Json;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// Chooses which rules of a function the switch has although the function stays on the server: those that drop most packets, as far as there is room.
/// </summary>
internal sealed class PartialOffload(PlanRequest request, CompiledChain whole, SwitchProfile profile)
{
    /// <summary>What the rules of the plan before are kept for, unless others save so much more.</summary>
    private const double WorthChanging = 1.2;

    /// <summary>The cut with its rules.</summary>
    /// <param name="cut">A cut.</param>
    /// <param name="fits">Whether the switch has room for rules, given by their numbers.</param>
    public PlannedCut Choose(PlannedCut cut, Func<IReadOnlyList<int>, bool> fits)
    {
        var at = GraphNode.OfFunction(cut.At.Function, cut.At.Port);
        var path = whole.Cut([new SwitchCut(cut.Endpoint, at, [])]).SwitchPart.Paths.First(path => path.Endpoint == cut.Endpoint);
        if (path.End != at || StageAt(cut, at) is not { } stage)
        {
            return cut;
        }

        var candidates = PartialStage.Candidates(stage, profile);
        var ordered = candidates.OrderByDescending(candidate => RateOf(at, candidate) is { } rate ? (rate > 0 ? 2 : 0) : 1)
            .ThenByDescending(candidate => RateOf(at, candidate) ?? 0).ThenBy(candidate => candidate.Rule).ToList();
        var count = MostThatFit(ordered, fits);
        var chosen = ordered.Take(count).ToList();
        return cut with { Kept = Kept(cut, at, candidates, chosen, fits) };
    }

    /// <summary>How many of the first candidates fit: more never fit where fewer do not.</summary>
    private static int MostThatFit(List<PartialCandidate> ordered, Func<IReadOnlyList<int>, bool> fits)
    {
        var (fitting, tooMany) = (0, ordered.Count + 1);
        while (fitting + 1 < tooMany)
        {
            // The whole first: often all of what is left fits.
            var middle = tooMany > ordered.Count && fitting == 0 ? ordered.Count : (fitting + tooMany) / 2;
            if (fits(PartialStage.Closure(ordered.Take(middle))))
            {
                fitting = middle;
            }
            else
            {
                tooMany = middle;
            }
        }

        return fitting;
    }

    /// <summary>The chosen rules, or those of the plan before when the chosen ones save little more.</summary>
    private IReadOnlyList<int> Kept(
        PlannedCut cut, GraphNode at, IReadOnlyList<PartialCandidate> candidates, List<PartialCandidate> chosen, Func<IReadOnlyList<int>, bool> fits)
    {
        var closure = PartialStage.Closure(chosen);
        if (request.Previous is not { } previous || previous.Offload?.Cuts.FirstOrDefault(other => other.Endpoint == cut.Endpoint && other.At == cut.At) is not { } before
            || before.Kept.Count == 0 || !IsSameFunction(previous, at))
        {
            return closure;
        }

        var saved = candidates.Where(candidate => before.Kept.Contains(candidate.Rule)).Sum(candidate => RateOf(at, candidate) ?? 0);
        return chosen.Sum(candidate => RateOf(at, candidate) ?? 0) <= saved * WorthChanging && fits(before.Kept) ? before.Kept : closure;
    }

    private bool IsSameFunction(ChainPlan previous, GraphNode at) =>
        previous.Spec.Functions.Count > at.Function
        && JsonSerializer.Serialize(previous.Spec.Functions[at.Function], PlanJson.Options) == JsonSerializer.Serialize(request.Spec.Functions[at.Function], PlanJson.Options);

    private double? RateOf(GraphNode at, PartialCandidate candidate) =>
        request.Rates.PacketsPerSecond(request.Spec.Name, $"{whole.Graph.Functions[at.Function].Name} {candidate.Purpose}");

    /// <summary>The function's stage as it is where the switch has all of it.</summary>
    private StageProgram? StageAt(PlannedCut cut, GraphNode at) =>
        whole.SwitchPart.Paths.First(path => path.Endpoint == cut.Endpoint).Stages.FirstOrDefault(stage => stage.At == at);
}
