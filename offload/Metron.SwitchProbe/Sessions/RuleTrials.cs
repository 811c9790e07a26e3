using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Tries rules: installs them, reads them back, compares, and removes them.</summary>
internal static class RuleTrials
{
    /// <summary>
    /// Tries rules, many at once. Those that are refused are tried again alone: a small table or one whose rules must be of one shape refuses
    /// them only beside others.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="rules">The rules; cookies and priorities are given here.</param>
    /// <param name="cancellation">Gives up; rules may stay behind.</param>
    public static async Task<RuleTrial[]> RunAsync(ProbeSession session, IReadOnlyList<FlowMod> rules, CancellationToken cancellation)
    {
        var trials = await TryTogetherAsync(session, rules, cancellation);
        var refused = Enumerable.Range(0, rules.Count).Where(i => trials[i].Outcome == TrialOutcome.Refused && !IsOfTheVersion(trials[i])).ToList();
        while (refused.Count > 0)
        {
            // One rule of each table at a time.
            var round = refused.GroupBy(i => rules[i].Table).Select(table => table.First()).ToList();
            var again = await TryTogetherAsync(session, [.. round.Select(i => rules[i])], cancellation);
            for (var i = 0; i < round.Count; i++)
            {
                trials[round[i]] = again[i] with { OnlyAlone = again[i].Works };
            }

            refused.RemoveAll(round.Contains);
        }

        return trials;
    }

    /// <summary>Tries one rule.</summary>
    public static async Task<RuleTrial> RunAsync(ProbeSession session, FlowMod rule, CancellationToken cancellation) =>
        (await TryTogetherAsync(session, [rule], cancellation))[0];

    private static bool IsOfTheVersion(RuleTrial trial) => trial.Said.StartsWith("not in OpenFlow", StringComparison.Ordinal);

    private static async Task<RuleTrial[]> TryTogetherAsync(ProbeSession session, IReadOnlyList<FlowMod> rules, CancellationToken cancellation)
    {
        var sent = rules.Select((rule, i) => rule with { Cookie = session.State.NextCookie(), Priority = (ushort)(1 + (i % 60_000)) }).ToArray();
        var answers = await session.SendAsync(sent, cancellation);
        var tables = sent.Select(rule => rule.Table).Distinct().ToList();
        var table = tables.Count == 1 ? tables[0] : TableNumber.All;
        var (found, _) = await session.ReadUntilAsync(table, IsDecided, cancellation);
        var byCookie = found.GroupBy(rule => rule.Cookie).ToDictionary(group => group.Key, group => group.First());
        var trials = sent.Select((rule, i) => Judge(rule, answers[i], byCookie.GetValueOrDefault(rule.Cookie))).ToArray();
        await session.RemoveOursAsync(table, cancellation);
        return trials;

        // An error may come late, and a rule may be there late.
        bool IsDecided(IReadOnlyList<FlowStats> rules)
        {
            var cookies = rules.Select(rule => rule.Cookie).ToHashSet();
            for (var i = 0; i < sent.Length; i++)
            {
                answers[i] = answers[i].IsSilent ? answers[i] with { Error = session.ErrorOf(answers[i].Transaction) } : answers[i];
            }

            return Enumerable.Range(0, sent.Length).All(i => !answers[i].IsSilent || cookies.Contains(sent[i].Cookie));
        }
    }

    private static RuleTrial Judge(FlowMod rule, Answer answer, FlowStats? found)
    {
        if (found is null)
        {
            return new RuleTrial(rule, answer.IsSilent ? TrialOutcome.Lost : TrialOutcome.Refused, answer.IsSilent ? "" : answer.ToString());
        }

        var isSame = found.Match.Canonical() == rule.Match.Canonical() && found.Priority == rule.Priority && found.Table == rule.Table
            && found.Instructions == rule.Instructions;
        return isSame
            ? new RuleTrial(rule, TrialOutcome.Works, "")
            : new RuleTrial(rule, TrialOutcome.Altered, $"table={found.Table} priority={found.Priority} {found.Match} {string.Join(' ', found.Instructions)}");
    }
}
