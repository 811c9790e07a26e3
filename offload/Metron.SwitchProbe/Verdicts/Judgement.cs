using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>From what was measured to a verdict per feature that Metron needs. Pure.</summary>
internal static class Judgement
{
    /// <summary>All findings, in the order in which they are shown.</summary>
    public static EquatableArray<Finding> Of(ProbeFacts facts, ProbeOptions options)
    {
        IEnumerable<Finding> findings = HandshakeFindings.Of(facts);
        if (facts.Greetings.Any(greeting => greeting.Version is not null))
        {
            findings = findings
                .Concat(UpdateFindings.Of(facts))
                .Concat(TableFindings.Of(facts, options))
                .Concat(ResourceFindings.Of(facts, options));
        }

        return findings.ToEquatableArray();
    }

    /// <summary>A finding about something that was not reached.</summary>
    public static Finding NotReached(ProbeFacts facts, string step, string id, string feature) =>
        facts.ProblemOf(step) is { } reason
            ? new Finding(id, feature, reason.StartsWith("the connection was lost", StringComparison.Ordinal) ? Verdict.Missing : Verdict.Unknown, reason, "must not be relied on")
            : new Finding(id, feature, Verdict.Unknown, "not reached", "not known");

    /// <summary>A finding that works when nothing is wrong.</summary>
    public static Finding Plain(string id, string feature, string problem, string works, Verdict otherwise, string consequence) =>
        problem.Length == 0 ? new Finding(id, feature, Verdict.Works, works, "") : new Finding(id, feature, otherwise, problem, consequence);
}
