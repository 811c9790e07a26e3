using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>
/// Whether a barrier's answer means what it should: a packet that is sent through the tables behind it meets the rules before it, errors of
/// messages before it have come, and the rules can be read.
/// </summary>
internal static class BarrierProbe
{
    private const int Trials = 10;
    private const int Crowd = 40;
    private static readonly TimeSpan _packetInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _errorPatience = TimeSpan.FromMilliseconds(200);

    /// <summary>Finds out.</summary>
    public static async Task<BarrierFacts> RunAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        session.State.BarrierProblem = await AskAsync(session, cancellation);
        session.State.KnowsBarriers = true;
        if (session.State.BarrierProblem is { } problem)
        {
            return new BarrierFacts(BarrierTruth.Missing, problem, await SendsUpAsync(session, table, cancellation), TimeSpan.Zero);
        }

        var lateError = await ErrorComesLateAsync(session, cancellation);
        var sendsUp = await SendsUpAsync(session, table, cancellation);
        var (late, longest) = sendsUp ? await CountLateAsync(session, table, cancellation) : await CountUnreadableAsync(session, table, cancellation);
        await session.RemoveOursAsync(table, cancellation);
        session.State.BarriersAreTruthful = late == 0 && !lateError;
        var means = sendsUp ? "a packet sent behind it" : "reading behind it (packets cannot be sent through the tables)";
        return session.State.BarriersAreTruthful
            ? new BarrierFacts(BarrierTruth.Truthful, $"{Trials} of {Trials} rules were in force for {means}", sendsUp, longest)
            : new BarrierFacts(
                BarrierTruth.Early,
                (late > 0 ? $"{late} of {Trials} rules were not yet in force for {means}, the slowest for {longest.TotalMilliseconds:0} ms" : "")
                    + (late > 0 && lateError ? "; " : "") + (lateError ? "the error of a message came behind the answer to the barrier behind it" : ""),
                sendsUp,
                longest);
    }

    /// <summary>Why barriers are not worth sending; null when they are answered.</summary>
    private static async Task<string?> AskAsync(ProbeSession session, CancellationToken cancellation)
    {
        try
        {
            await session.Connection.RequestAsync(new BarrierRequest(), cancellation);
            return null;
        }
        catch (OpenFlowErrorException error)
        {
            return $"refused: {error.Error.Code.Name}";
        }
        catch (TimeoutException)
        {
            return "not answered";
        }
    }

    private static async Task<bool> ErrorComesLateAsync(ProbeSession session, CancellationToken cancellation)
    {
        OpenFlowMessage wrong = session.Version == OpenFlowVersion.OpenFlow10 ? ErrorProbe.UnknownType : new FlowMod { Match = Match.Of(ErrorProbe.UnknownField) };
        for (var i = 0; i < Trials; i++)
        {
            var transaction = await session.Connection.SendAsync(wrong, cancellation);
            await session.Connection.RequestAsync(new BarrierRequest(), cancellation);
            if (session.ErrorOf(transaction) is null)
            {
                await session.DelayAsync(_errorPatience, cancellation);
                if (session.ErrorOf(transaction) is not null)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether a packet through the tables comes up at all, once a rule has had all the time there is.</summary>
    private static async Task<bool> SendsUpAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var rule = ProbePackets.Rule(table, 255, session.State.NextCookie());
        if (!(await session.SendAsync([rule], cancellation))[0].IsSilent)
        {
            return false;
        }

        await session.ReadUntilAsync(table, rules => rules.Any(found => found.Cookie == rule.Cookie), cancellation);
        var came = await UntilUpAsync(session, 255, rule.Cookie, cancellation) is not null;
        await session.RemoveOursAsync(table, cancellation);
        return came;
    }

    /// <summary>Each trial installs a crowd of rules and asks for the last one, whose turn comes last in a switch that only says it is done.</summary>
    private static async Task<(int Late, TimeSpan Longest)> CountLateAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var late = 0;
        var longest = TimeSpan.Zero;
        for (var trial = 0; trial < Trials; trial++)
        {
            var crowd = Enumerable.Range(1, Crowd).Select(number => ProbePackets.Rule(table, (byte)number, session.State.NextCookie())).ToList();
            await session.SendAsync(crowd, cancellation);
            var took = await UntilUpAsync(session, Crowd, crowd[^1].Cookie, cancellation);
            late += took is null || took > TimeSpan.Zero ? 1 : 0;
            longest = took is { } time && time > longest ? time : longest;
            await session.RemoveOursAsync(table, cancellation);
        }

        return (late, longest);
    }

    private static async Task<(int Late, TimeSpan Longest)> CountUnreadableAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var late = 0;
        var longest = TimeSpan.Zero;
        for (var trial = 0; trial < Trials; trial++)
        {
            var rule = ProbePackets.Rule(table, 1, session.State.NextCookie()) with { Instructions = [] };
            await session.SendAsync([rule], cancellation);
            if ((await session.ReadOursAsync(table, cancellation)).All(found => found.Cookie != rule.Cookie))
            {
                var (_, took) = await session.ReadUntilAsync(table, rules => rules.Any(found => found.Cookie == rule.Cookie), cancellation);
                late++;
                longest = took > longest ? took : longest;
            }

            await session.RemoveOursAsync(table, cancellation);
        }

        return (late, longest);
    }

    /// <summary>Sends packets, each with its number, until one comes up. They come up in their order, so a missing first one was too early.</summary>
    /// <returns>Zero when the first one came, otherwise how long after it the one was sent that came; null when none came.</returns>
    private static async Task<TimeSpan?> UntilUpAsync(ProbeSession session, byte number, ulong cookie, CancellationToken cancellation)
    {
        session.ForgetPackets();
        var start = session.Options.TimeProvider.GetTimestamp();
        var sent = new List<TimeSpan>();
        while (sent.Count < byte.MaxValue)
        {
            var now = session.Options.TimeProvider.GetElapsedTime(start);
            if (now > session.Options.Settle)
            {
                break;
            }

            sent.Add(sent.Count == 0 ? TimeSpan.Zero : now);
            await session.Connection.SendAsync(ProbePackets.Through(number, (byte)(sent.Count - 1)), cancellation);
            var packet = await session.ReceiveAsync(packet => ProbePackets.IsFrame(packet, number, cookie), _packetInterval, cancellation);
            if (packet is not null)
            {
                return sent[Math.Min(ProbePackets.SequenceOf(packet), sent.Count - 1)];
            }
        }

        return null;
    }
}
