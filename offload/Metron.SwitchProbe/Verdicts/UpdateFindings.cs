using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What updates can rely on.</summary>
internal static class UpdateFindings
{
    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ProbeFacts facts)
    {
        yield return facts.Barriers is { } barriers ? Barriers(barriers) : Judgement.NotReached(facts, StepName.Barriers, "update.barriers", "Barriers");
        yield return facts.Bundles is { } bundles ? Bundles(bundles) : Judgement.NotReached(facts, StepName.Bundles, "update.bundles", "Bundles");
        if (facts.Rules is { } rules)
        {
            yield return Judgement.Plain(
                "update.replace", "Adding over a rule", rules.Replace, "replaces it", Verdict.Missing, "a rule cannot be changed without a gap: packets may be lost in updates");
            yield return Judgement.Plain(
                "update.deleteByCookie", "Deleting by cookie", rules.DeleteByCookie, "leaves other cookies alone", Verdict.WorkAround, "rules are deleted one by one, by their whole match");
            yield return Judgement.Plain(
                "update.readByCookie", "Reading by cookie", rules.FilterByCookie, "answers with what was asked for", Verdict.WorkAround, "all rules are read, and ours sorted out");
            yield return Optional("rules.counters", "Counters of rules", rules.Counters, "packets are counted", "rates of classes are not known: partial offload goes by order, and scaling by servers alone");
            yield return Optional("rules.priorities", "Priorities", rules.Priorities, "the higher one wins", "rules that overlap do not work: no chain should use this switch");
        }
        else
        {
            yield return Judgement.NotReached(facts, StepName.Rules, "update.replace", "Changing and counting rules");
        }

        yield return facts.Errors is { } errors ? Errors(errors) : Judgement.NotReached(facts, StepName.Errors, "update.errors", "Errors");
    }

    private static Finding Optional(string id, string feature, string? problem, string works, string consequence) =>
        problem is null
            ? new Finding(id, feature, Verdict.Unknown, "packets cannot be sent through the tables", "taken to work; watch the first chain")
            : Judgement.Plain(id, feature, problem, works, Verdict.Missing, consequence);

    private static Finding Barriers(BarrierFacts facts) => facts.Truth switch
    {
        BarrierTruth.Truthful => new Finding("update.barriers", "Barriers", Verdict.Works, facts.Observed, ""),
        BarrierTruth.Early => new Finding("update.barriers", "Barriers", Verdict.WorkAround, $"untruthful: {facts.Observed}", "changes are confirmed by reading rules back: updates take longer"),
        _ => new Finding("update.barriers", "Barriers", Verdict.WorkAround, facts.Observed, "changes are confirmed by reading rules back: updates take longer"),
    };

    private static Finding Bundles(BundleFacts facts)
    {
        const string without = "changes are made rule by rule, in an order in which each step is right where that is possible";
        return !facts.Supported ? new Finding("update.bundles", "Bundles", Verdict.WorkAround, facts.Said, without)
            : facts.Said.Length > 0 ? new Finding("update.bundles", "Bundles", Verdict.WorkAround, $"not what they promise: {facts.Said}", without)
            : new Finding("update.bundles", "Bundles", Verdict.Works, $"atomic, in order, up to {facts.Largest} rules tried", "");
    }

    private static Finding Errors(EquatableArray<ErrorFacts> errors)
    {
        var details = errors.Select(error => $"{error.Fault}: {(error.Received.Length == 0 ? "no error" : error.Received)}"
            + (error.IsRight ? "" : $" instead of {error.Expected}") + (error.ContentProblem.Length == 0 ? "" : $"; {error.ContentProblem}")).ToEquatableArray();
        var silent = errors.Where(error => error.Received.Length == 0).Select(error => error.Fault).ToList();
        var wrong = errors.Count(error => !error.IsRight || error.ContentProblem.Length > 0);
        return silent.Count > 0
            ? new Finding("update.errors", "Errors", Verdict.WorkAround, $"no error for {string.Join(", ", silent)}", "what was refused is found by reading back", details)
            : wrong > 0
                ? new Finding("update.errors", "Errors", Verdict.WorkAround, $"{wrong} of {errors.Count} are not as the standard has them", "refusals are seen; the reason that is shown may be wrong", details)
                : new Finding("update.errors", "Errors", Verdict.Works, $"{errors.Count} of {errors.Count} right, with the message's number and first bytes", "", details);
    }
}
