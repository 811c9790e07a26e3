using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>How many rules fit into a table, found out by filling it up.</summary>
internal static class CapacityProbe
{
    private const int Step = 500;

    /// <summary>Fills a table until it refuses or the limit is reached, and empties it again.</summary>
    /// <returns>Rules that fit, with those of others; null when it did not fill up.</returns>
    public static async Task<int?> RunAsync(ProbeSession session, TableFacts facts, CancellationToken cancellation)
    {
        if (BulkRules.For(facts) is not { } rule)
        {
            return null;
        }

        var table = facts.Number;
        var sent = 0;
        var full = false;
        var nextLook = Step;
        while (!full && sent < session.Options.MaximumRules)
        {
            var count = Math.Min(Step, session.Options.MaximumRules - sent);
            var rules = Enumerable.Range(sent, count).Select(i => rule(i, session.State.NextCookie())).ToArray();
            var answers = await session.SendAsync(rules, cancellation);
            full = answers.Any(answer => answer.IsTableFull);
            sent += count;
            if (!full && answers.Any(answer => !answer.IsSilent))
            {
                break;
            }

            // A switch may drop rules without a word when it is full. Looking costs time, too.
            if (!full && (sent >= nextLook || sent == session.Options.MaximumRules))
            {
                full = !await HasAllAsync(session, table, sent, cancellation);
                nextLook = 2 * sent;
            }
        }

        int? capacity = full ? await CountAsync(session, table, cancellation) : null;
        await session.RemoveOursAsync(table, cancellation);
        return capacity;
    }

    private static async Task<bool> HasAllAsync(ProbeSession session, byte table, int count, CancellationToken cancellation)
    {
        var (rules, _) = await session.ReadUntilAsync(table, rules => rules.Count >= count, cancellation);
        return rules.Count >= count;
    }

    private static async Task<int> CountAsync(ProbeSession session, byte table, CancellationToken cancellation) =>
        (await session.Connection.ReadFlowsAsync(new FlowFilter { Table = table }, cancellation)).Count;
}
