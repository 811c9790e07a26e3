using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What the check has learnt so far that steers how it goes on, and what it has put into the switch besides rules.</summary>
internal sealed class ProbeState
{
    private uint _lastCookie;

    /// <summary>Why barriers are not worth sending; null as long as they are answered.</summary>
    public string? BarrierProblem { get; set; }

    /// <summary>Whether barriers are answered, so far as is known.</summary>
    public bool AnswersBarriers => BarrierProblem is null;

    /// <summary>Whether it has been found out what barriers are worth, so that a late answer is no longer taken for none.</summary>
    public bool KnowsBarriers { get; set; }

    /// <summary>Whether a barrier's answer has been found to mean what it should.</summary>
    public bool BarriersAreTruthful { get; set; }

    /// <summary>Whether the switch answers with rules of other cookies than were asked for.</summary>
    public bool IgnoresCookieFilter { get; set; }

    /// <summary>Groups that this check has added and not yet removed.</summary>
    public HashSet<uint> Groups { get; } = [];

    /// <summary>Number of the group that was added last; 0 for none.</summary>
    public uint LastGroup { get; set; }

    /// <summary>Meters that this check has added and not yet removed.</summary>
    public HashSet<uint> Meters { get; } = [];

    /// <summary>Matches of the rules of this check, by cookie, as they were sent.</summary>
    public Dictionary<ulong, Match> Sent { get; } = [];

    /// <summary>Remembers what a message adds.</summary>
    public void Remember(OpenFlowMessage message)
    {
        if (message is FlowMod { Command: FlowModCommand.Add } rule && ProbeCookie.IsOurs(rule.Cookie))
        {
            Sent[rule.Cookie] = rule.Match;
        }
    }

    /// <summary>The switch's configuration, when this check has changed it.</summary>
    public GetConfigReply? Configuration { get; set; }

    /// <summary>A real port, for rules that need one; null when the switch has none.</summary>
    public uint? Port { get; set; }

    /// <summary>A cookie that no other rule of this check has.</summary>
    public ulong NextCookie() => ProbeCookie.Of(++_lastCookie);
}
