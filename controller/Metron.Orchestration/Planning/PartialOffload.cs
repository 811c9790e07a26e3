using System.Text.Json;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;

namespace Metron.Orchestration;

/// <summary>
/// Chooses which rules of functions the switch has although the functions stay on the server: those that drop most packets, as far as there is room.
/// </summary>
internal sealed class PartialOffload(PlanRequest request, CompiledChain whole, SwitchProfile profile)
{
    /// <summary>How much more others must drop than the rules of the plan before, which are kept otherwise.</summary>
    public const double WorthChanging = 1.2;

    /// <summary>How much more that must be at least, in packets per second: what a worker does not notice is worth no change.</summary>
    public const double LeastGain = 10;

    /// <summary>The cuts with their rules: they share the room.</summary>
    /// <param name="cuts">The cuts, one for each endpoint at most.</param>
    /// <param name="fits">Whether the switch has room for cuts with rules.</param>
    public IReadOnlyList<PlannedCut> Choose(IReadOnlyList<PlannedCut> cuts, Func<IReadOnlyList<PlannedCut>, bool> fits)
    {
        List<PartialChoice> choices = [.. cuts.SelectMany(ChoicesOf)];
        if (choices.Count == 0)
        {
            return cuts;
        }

        bool Fits(IReadOnlyList<PartialChoice> tried) => fits(With(cuts, tried));
        var best = PartialChoice.Best(choices, Fits);
        if (Before(cuts) is not { } before || !fits(before))
        {
            return With(cuts, best);
        }

        // The rules of the plan before, and what fits besides, unless others save much more.
        var kept = before.ToDictionary(cut => cut.Endpoint, cut => cut.Kept.ToHashSet());
        var present = PartialChoice.Complete([.. choices.Where(choice => kept[choice.Endpoint].Contains(choice.Candidate.Rule))], choices, Fits);
        return With(cuts, IsWorthChanging(PartialChoice.Sum(present), PartialChoice.Sum(best)) ? best : present);
    }

    /// <summary>Whether rules are worth a change, by the packets per second that they and the present ones drop.</summary>
    public static bool IsWorthChanging(double present, double others) => others > present * WorthChanging && others - present >= LeastGain;

    private static List<PlannedCut> With(IReadOnlyList<PlannedCut> cuts, IReadOnlyList<PartialChoice> choices) =>
    [
        .. cuts.Select(cut => cut with
        {
            Kept = PartialStage.Closure(choices.Where(choice => choice.Endpoint == cut.Endpoint).Select(choice => choice.Candidate)),
        }),
    ];

    private IEnumerable<PartialChoice> ChoicesOf(PlannedCut cut) =>
        PartialShare.StageOf(whole, cut) is not { } stage ? [] : PartialShare.Candidates(stage, profile).Select(candidate => new PartialChoice(
            cut.Endpoint,
            candidate,
            request.Rates.PacketsPerSecond(
                request.Spec.Name, new FunctionRule(whole.Graph.Functions[cut.At.Function].Name, cut.At.Port, candidate.Purpose))));

    /// <summary>The cuts with the rules of the plan before; null when that has none of them, or one of another function.</summary>
    private List<PlannedCut>? Before(IReadOnlyList<PlannedCut> cuts)
    {
        List<PlannedCut> before = [];
        foreach (var cut in cuts)
        {
            var same = request.Previous is { } previous && IsSameFunction(previous, cut.At)
                ? previous.Offload?.Cuts.FirstOrDefault(other => other.Endpoint == cut.Endpoint && other.At == cut.At)
                : null;
            before.Add(cut with { Kept = same?.Kept ?? [] });
        }

        return before.Exists(cut => cut.Kept.Count > 0) ? before : null;
    }

    private bool IsSameFunction(ChainPlan previous, FunctionPort at) =>
        previous.Spec.Functions.Count > at.Function
        && JsonSerializer.Serialize(previous.Spec.Functions[at.Function], PlanJson.Options) == JsonSerializer.Serialize(request.Spec.Functions[at.Function], PlanJson.Options);
}
