using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Whether echoes come back whole, and how long they take, also while rules are installed.</summary>
internal static class EchoProbe
{
    private const int Echoes = 20;
    private const int RulesUnderLoad = 500;
    private static readonly int[] _payloads = [0, 1, 7, 1000, 16_000];

    /// <summary>Finds out.</summary>
    public static async Task<EchoFacts> RunAsync(ProbeSession session, byte? table, CancellationToken cancellation)
    {
        var problems = new List<string>();
        foreach (var length in _payloads)
        {
            var payload = Enumerable.Range(0, length).Select(i => (byte)i).ToEquatableArray();
            try
            {
                var reply = await session.Connection.RequestAsync(new EchoRequest(payload), cancellation);
                if (reply.Payload != payload)
                {
                    problems.Add($"{reply.Payload.Count} bytes come back for {length}");
                }
            }
            catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
            {
                problems.Add($"{length} bytes: {error.Message}");
                break;
            }
        }

        if (problems.Count > 0)
        {
            return new EchoFacts(string.Join("; ", problems), TimeSpan.Zero, null);
        }

        var times = new List<TimeSpan>();
        for (var i = 0; i < Echoes; i++)
        {
            times.Add(await MeasureAsync(session, cancellation));
        }

        times.Sort();
        return new EchoFacts("", times[Echoes / 2], table is { } busy ? await UnderLoadAsync(session, busy, cancellation) : null);
    }

    private static async Task<TimeSpan> UnderLoadAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var rules = Enumerable.Range(0, RulesUnderLoad).Select(i => BulkRules.Rule(table, i, session.State.NextCookie())).ToArray();
        var load = session.SendAsync(rules, cancellation);
        var longest = TimeSpan.Zero;
        do
        {
            var took = await MeasureAsync(session, cancellation);
            longest = took > longest ? took : longest;
        }
        while (!load.IsCompleted);
        await load;
        await session.RemoveOursAsync(table, cancellation);
        return longest;
    }

    private static async Task<TimeSpan> MeasureAsync(ProbeSession session, CancellationToken cancellation)
    {
        var start = session.Options.TimeProvider.GetTimestamp();
        await session.Connection.RequestAsync(new EchoRequest([1, 2, 3, 4]), cancellation);
        return session.Options.TimeProvider.GetElapsedTime(start);
    }
}
