using System.Collections.Immutable;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.Controller.Switches;

/// <summary>
/// How the rules of a switch differ from what was in force there: not what a change of chains has yet to do, but what someone or something did
/// behind the controller's back. Pure.
/// </summary>
/// <param name="Missing">Rules of chains in force that are gone.</param>
/// <param name="Altered">Rules of chains in force that do something else.</param>
/// <param name="LeftOver">Rules with our cookie that no chain has.</param>
/// <param name="Foreign">Rules without our cookie. They are never touched, and are no drift.</param>
public sealed record SwitchDrift(int Missing, int Altered, int LeftOver, int Foreign)
{
    /// <summary>Most rules in <see cref="Examples"/>.</summary>
    public const int MostExamples = 32;

    /// <summary>Nothing differs.</summary>
    public static SwitchDrift None { get; } = new(0, 0, 0, 0);

    /// <summary>Whether rules of ours differ.</summary>
    public bool Any => Missing + Altered + LeftOver > 0;

    /// <summary>Whether all rules of ours are gone: the switch was restarted, or cleared.</summary>
    public bool LostAll { get; init; }

    /// <summary>Chains, by number, whose rules differ; 0 for rules that serve all.</summary>
    public ImmutableHashSet<uint> Chains { get; init; } = [];

    /// <summary>Some of the rules, those of each kind first come first.</summary>
    public ImmutableArray<DriftedRule> Examples { get; init; } = [];

    /// <summary>Finds it.</summary>
    /// <param name="change">What would have to be sent to the switch.</param>
    /// <param name="hasOurs">Whether the switch has any rule of ours.</param>
    /// <param name="isSettled">Whether a chain, by number, is not being changed: all its rules were on the switch once.</param>
    public static SwitchDrift Of(SwitchChange change, bool hasOurs, Func<uint, bool> isSettled)
    {
        ArgumentNullException.ThrowIfNull(change);
        var messages = change.Phases.SelectMany(phase => phase.FlowMods).Where(message => isSettled(NumberOf(message.Cookie))).ToList();
        var altered = change.Altered.Where(rule => isSettled(NumberOf(rule.Intended.Cookie))).ToList();
        var replaced = altered.Select(rule => rule.Intended).ToHashSet(ReferenceEqualityComparer.Instance);
        var missing = messages.Where(message => message.Command == FlowModCommand.Add && !replaced.Contains(message)).ToList();
        var leftOver = messages.Where(message => message.Command != FlowModCommand.Add).ToList();
        return new SwitchDrift(missing.Count, altered.Count, leftOver.Count, change.Foreign.Count)
        {
            LostAll = missing.Count > 0 && !hasOurs,
            Chains = [.. messages.Select(message => NumberOf(message.Cookie))],
            Examples =
            [
                .. missing.Select(message => new DriftedRule(DriftKind.Missing, message.Cookie, RuleText.Of(message)))
                    .Concat(altered.Select(rule => new DriftedRule(DriftKind.Altered, rule.Found.Cookie, Text(rule.Found))))
                    .Concat(leftOver.Select(message => new DriftedRule(DriftKind.LeftOver, message.Cookie, RuleText.Of(message))))
                    .Concat(change.Foreign.Select(rule => new DriftedRule(DriftKind.Foreign, rule.Cookie, Text(rule))))
                    .Take(MostExamples),
            ],
        };
    }

    /// <summary>Whether this is the same drift, as it was seen before.</summary>
    public bool IsSameAs(SwitchDrift other) =>
        other is not null && (Missing, Altered, LeftOver, LostAll) == (other.Missing, other.Altered, other.LeftOver, other.LostAll) && Chains.SetEquals(other.Chains);

    /// <summary>"3 rules missing, 1 altered": what differs, without what is foreign.</summary>
    public override string ToString()
    {
        if (LostAll)
        {
            return $"all rules lost ({Missing}): the switch was restarted or cleared";
        }

        (int Count, string Word)[] parts = [(Missing, "missing"), (Altered, "altered"), (LeftOver, "left over")];
        return Any
            ? string.Join(", ", parts.Where(part => part.Count > 0).Select((part, i) => $"{part.Count}{(i > 0 ? "" : part.Count == 1 ? " rule" : " rules")} {part.Word}"))
            : "none";
    }

    private static uint NumberOf(ulong value) => Cookie.TryRead(value, out var cookie) ? cookie.Chain : 0;

    private static string Text(InstalledRule rule) => RuleText.Of(new FlowMod
    {
        Table = rule.Table,
        Priority = rule.Priority,
        Match = rule.Match,
        Cookie = rule.Cookie,
        Instructions = rule.Instructions,
    });
}

/// <summary>A rule that is not as it should be.</summary>
/// <param name="Kind">How.</param>
/// <param name="Cookie">Its cookie.</param>
/// <param name="Text">As ovs-ofctl writes it: what should be there if it is missing, else what is there.</param>
public sealed record DriftedRule(DriftKind Kind, ulong Cookie, string Text);

/// <summary>How a rule differs.</summary>
public enum DriftKind
{
    /// <summary>It should be there.</summary>
    Missing,

    /// <summary>It does something else.</summary>
    Altered,

    /// <summary>It has our cookie, but no chain has it.</summary>
    LeftOver,

    /// <summary>It is someone else's.</summary>
    Foreign,
}

/// <summary>Drift as it was seen.</summary>
/// <param name="Time">When.</param>
/// <param name="What">What differed.</param>
/// <param name="IsRepaired">Whether it was put right.</param>
public sealed record SeenDrift(DateTimeOffset Time, SwitchDrift What, bool IsRepaired);

/// <summary>Rules that drifted since the controller started.</summary>
public sealed record DriftTotals(ulong Missing, ulong Altered, ulong LeftOver)
{
    /// <summary>With one more drift.</summary>
    public DriftTotals Plus(SwitchDrift drift)
    {
        ArgumentNullException.ThrowIfNull(drift);
        return new DriftTotals(Missing + (uint)drift.Missing, Altered + (uint)drift.Altered, LeftOver + (uint)drift.LeftOver);
    }
}
