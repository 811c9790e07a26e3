using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>How much of a function that stays on the server a switch does all the same, and how much it could.</summary>
/// <param name="Endpoint">Index of the endpoint whose packets these are.</param>
/// <param name="At">The function, and the port that they enter it by.</param>
/// <param name="Rules">Rules of the function for that port, with the default.</param>
/// <param name="OnSwitch">How many of them the switch has.</param>
/// <param name="Droppable">How many of them drop packets and could be the switch's.</param>
/// <param name="Reason">Why it does not have them all, in a sentence.</param>
public sealed record PartialShare(int Endpoint, FunctionPort At, int Rules, int OnSwitch, int Droppable, string Reason)
{
    private static readonly ConditionalWeakTable<StageProgram, Tuple<SwitchProfile, IReadOnlyList<PartialCandidate>>> KnownCandidates = [];

    /// <summary>Packets per second that the switch drops by its rules, where they are known.</summary>
    public double KeptAway { get; init; }

    /// <summary>Packets per second that it would drop with all rules that it could have, where they are known.</summary>
    public double OfPossible { get; init; }

    /// <summary>Whether any of them is known: false while they have not been measured for long enough.</summary>
    public bool IsMeasured { get; init; }

    /// <summary>
    /// Whether other rules might drop so much more that the chain is worth planning again. No more than a guess, which costs little: as many rules as the
    /// switch has now, the largest ones, whether they fit or not.
    /// </summary>
    public bool MightImprove { get; init; }

    /// <summary>Every function of a plan that the switch has only some rules of, or none for want of room.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="rates">What was measured.</param>
    public static IReadOnlyList<PartialShare> Of(ChainPlan plan, IRuleRates rates)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(rates);
        if (plan is not { Offload.Cuts: { Count: > 0 } cuts, Profile: { } profile })
        {
            return [];
        }

        var whole = CompiledChain.Of(plan.Spec);
        return [.. cuts.Select(cut => Of(plan, cut, whole, profile, rates))];
    }

    /// <summary>The function's stage as it is where the switch has all of it; null where that cannot be.</summary>
    internal static StageProgram? StageOf(CompiledChain whole, PlannedCut cut)
    {
        var at = GraphNode.OfFunction(cut.At.Function, cut.At.Port);
        var path = whole.Cut([new SwitchCut(cut.Endpoint, at, [])]).SwitchPart.Paths.First(path => path.Endpoint == cut.Endpoint);
        return path.End != at ? null : whole.SwitchPart.Paths.First(path => path.Endpoint == cut.Endpoint).Stages.FirstOrDefault(stage => stage.At == at);
    }

    /// <summary>As <see cref="PartialStage.Candidates"/>, worked out once: every rule is compared with those before it.</summary>
    internal static IReadOnlyList<PartialCandidate> Candidates(StageProgram stage, SwitchProfile profile)
    {
        if (!KnownCandidates.TryGetValue(stage, out var known) || known.Item1 != profile)
        {
            known = Tuple.Create(profile, PartialStage.Candidates(stage, profile));
            KnownCandidates.AddOrUpdate(stage, known);
        }

        return known.Item2;
    }

    private static PartialShare Of(ChainPlan plan, PlannedCut cut, CompiledChain whole, SwitchProfile profile, IRuleRates rates)
    {
        if (StageOf(whole, cut) is not { } stage)
        {
            return new PartialShare(cut.Endpoint, cut.At, 0, 0, 0, cut.Reason);
        }

        var function = whole.Graph.Functions[cut.At.Function].Name;
        var kept = cut.Kept.ToHashSet();
        var candidates = Candidates(stage, profile).Select(candidate => (
            IsKept: kept.Contains(candidate.Rule),
            Rate: rates.PacketsPerSecond(plan.Spec.Name, new FunctionRule(function, cut.At.Port, candidate.Purpose)))).ToList();
        var present = candidates.Where(candidate => candidate.IsKept).Sum(candidate => candidate.Rate ?? 0);
        var best = candidates.Select(candidate => candidate.Rate ?? 0).OrderDescending().Take(Math.Max(1, cut.Kept.Count)).Sum();
        return new PartialShare(
            cut.Endpoint,
            cut.At,
            stage.Segments.Count == 0 ? 0 : stage.Segments[0].Rules.Count + 1,
            cut.Kept.Count,
            candidates.Count,
            cut.Reason)
        {
            KeptAway = present,
            OfPossible = candidates.Sum(candidate => candidate.Rate ?? 0),
            IsMeasured = candidates.Exists(candidate => candidate.Rate is not null),
            MightImprove = PartialOffload.IsWorthChanging(present, best),
        };
    }
}
