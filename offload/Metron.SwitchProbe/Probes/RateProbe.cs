using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>How many rules a second the switch takes, by the number of rules between two barriers.</summary>
internal static class RateProbe
{
    private static readonly int[] _windows = [1, 10, 100, 1000];

    /// <summary>Measures.</summary>
    public static async Task<RateFacts> RunAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var points = new List<RatePoint>();
        var refused = 0;
        var total = session.Options.RateRules;
        foreach (var window in _windows.Where(window => window <= Math.Max(1, total)))
        {
            // A barrier behind every rule is slow by itself: a tenth of the rules shows it.
            var rules = Math.Max(window, window == 1 ? total / 10 : total);
            var (rate, failures) = await MeasureAsync(session, table, rules, window, cancellation);
            points.Add(new RatePoint(window, rate));
            refused += failures;
            if (failures > 0)
            {
                break;
            }
        }

        return new RateFacts(table, total, refused, points.ToEquatableArray());
    }

    private static async Task<(double RulesPerSecond, int Refused)> MeasureAsync(
        ProbeSession session, byte table, int count, int window, CancellationToken cancellation)
    {
        var rules = Enumerable.Range(0, count).Select(i => BulkRules.Rule(table, i, session.State.NextCookie())).ToArray();
        var refused = 0;
        var start = session.Options.TimeProvider.GetTimestamp();
        foreach (var chunk in rules.Chunk(window))
        {
            refused += session.State.AnswersBarriers
                ? (await session.Connection.SendAllAsync(chunk, cancellation)).Failures.Count
                : (await session.SendAsync(chunk, cancellation)).Count(answer => !answer.IsSilent);
        }

        var took = session.Options.TimeProvider.GetElapsedTime(start);
        if (!session.State.BarriersAreTruthful)
        {
            // A barrier that lies makes any rate possible: what counts is when the rules are there.
            await session.ReadUntilAsync(table, found => found.Count >= count - refused, cancellation);
            took = session.Options.TimeProvider.GetElapsedTime(start);
        }

        await session.RemoveOursAsync(table, cancellation);
        return (count / Math.Max(1e-6, took.TotalSeconds), refused);
    }
}
