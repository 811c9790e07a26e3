using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What can be done with rules besides adding them.</summary>
internal static class RuleProbe
{
    private const int Packets = 5;

    /// <summary>Finds out.</summary>
    public static async Task<RuleFacts> RunAsync(ProbeSession session, byte table, bool sendsPacketsUp, CancellationToken cancellation)
    {
        var replace = await ReplaceAsync(session, table, cancellation);
        var delete = await DeleteByCookieAsync(session, table, cancellation);
        var filter = session.Version == OpenFlowVersion.OpenFlow10 ? "not in OpenFlow 1.0"
            : session.State.IgnoresCookieFilter ? "the answer holds rules of other cookies, too" : "";
        var counters = sendsPacketsUp ? await CountersAsync(session, table, cancellation) : null;
        var priorities = sendsPacketsUp ? await PrioritiesAsync(session, table, cancellation) : null;
        return new RuleFacts(replace, delete, filter, counters, priorities);
    }

    private static async Task<string> ReplaceAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var first = ProbePackets.Rule(table, 1, session.State.NextCookie());
        var second = first with { Cookie = session.State.NextCookie(), Instructions = [] };

        // Not in one go: without a barrier between them, or with one that lies, their order is not promised.
        await session.SendAsync([first], cancellation);
        await session.ReadUntilAsync(table, rules => rules.Count > 0, cancellation);
        var answers = await session.SendAsync([second], cancellation);
        var (rules, _) = await session.ReadUntilAsync(table, rules => rules is [{ } only] && only.Cookie == second.Cookie, cancellation);
        await session.RemoveOursAsync(table, cancellation);
        return answers.FirstOrDefault(answer => !answer.IsSilent) is { Error: not null } refused ? refused.ToString()
            : rules.Count != 1 ? $"{rules.Count} rules of the same match and priority instead of one"
            : rules[0].Cookie != second.Cookie ? "the old cookie stays"
            : rules[0].Instructions != second.Instructions ? "the old instructions stay"
            : "";
    }

    /// <summary>The deletion names the match of these two rules, so that nobody else's rule can go even if cookies are ignored.</summary>
    private static async Task<string> DeleteByCookieAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        if (session.Version == OpenFlowVersion.OpenFlow10)
        {
            return "not in OpenFlow 1.0";
        }

        var goes = ProbePackets.Rule(table, 1, session.State.NextCookie()) with { Instructions = [] };
        var stays = goes with { Cookie = session.State.NextCookie(), Priority = 2 };
        await session.SendAsync([goes, stays], cancellation);
        await session.ReadUntilAsync(table, rules => rules.Count == 2, cancellation);
        var deletion = new FlowMod { Command = FlowModCommand.Delete, Table = table, Match = goes.Match, Cookie = goes.Cookie, CookieMask = ulong.MaxValue };
        var answer = (await session.SendAsync([deletion], cancellation))[0];
        var (rules, _) = await session.ReadUntilAsync(table, rules => rules.All(rule => rule.Cookie != goes.Cookie), cancellation);
        await session.RemoveOursAsync(table, cancellation);
        return !answer.IsSilent ? answer.ToString()
            : rules.Any(rule => rule.Cookie == goes.Cookie) ? "the rule stays"
            : rules.All(rule => rule.Cookie != stays.Cookie) ? "a rule of another cookie goes, too"
            : "";
    }

    private static async Task<string> CountersAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        var rule = ProbePackets.Rule(table, 1, session.State.NextCookie());
        await session.SendAsync([rule], cancellation);
        await session.ReadUntilAsync(table, rules => rules.Count > 0, cancellation);
        session.ForgetPackets();
        for (var i = 0; i < Packets; i++)
        {
            await session.Connection.SendAsync(ProbePackets.Through(1), cancellation);
        }

        var (rules, _) = await session.ReadUntilAsync(table, rules => rules.Any(found => found.PacketCount >= Packets), cancellation);
        await session.RemoveOursAsync(table, cancellation);
        var counted = rules.FirstOrDefault(found => found.Cookie == rule.Cookie)?.PacketCount ?? 0;
        return counted >= Packets ? "" : $"{counted} of {Packets} packets were counted";
    }

    /// <summary>Of two rules that both match, the one of higher priority is to win, whichever was added last.</summary>
    private static async Task<string> PrioritiesAsync(ProbeSession session, byte table, CancellationToken cancellation)
    {
        foreach (var lowFirst in new[] { true, false })
        {
            var low = ProbePackets.Rule(table, 1, session.State.NextCookie(), priority: 1);
            var high = low with { Cookie = session.State.NextCookie(), Priority = 2, Match = Match.Of(low.Match.Fields[0]) };
            await session.SendAsync(lowFirst ? [low, high] : [high, low], cancellation);
            await session.ReadUntilAsync(table, rules => rules.Count == 2, cancellation);
            session.ForgetPackets();
            await session.Connection.SendAsync(ProbePackets.Through(1), cancellation);
            var packet = await session.ReceiveAsync(
                packet => ProbePackets.IsFrame(packet, 1, low.Cookie) || ProbePackets.IsFrame(packet, 1, high.Cookie), session.Options.Settle, cancellation);
            await session.RemoveOursAsync(table, cancellation);
            if (packet is not null && packet.Cookie == low.Cookie)
            {
                return "the rule of lower priority wins";
            }
        }

        return "";
    }
}
