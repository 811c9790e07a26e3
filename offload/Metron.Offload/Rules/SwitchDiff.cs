using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>A rule that a switch has, as its flow statistics say.</summary>
public sealed record InstalledRule(byte Table, ushort Priority, Match Match, ulong Cookie, EquatableArray<Instruction> Instructions);

/// <summary>What to send so that a switch has the intended rules, and no other rule of ours.</summary>
/// <param name="Phases">Messages in order; a barrier belongs behind each phase. Empty phases are left out.</param>
/// <param name="Conflicts">Intended rules that are not sent, because a rule of someone else has the same table, match and priority.</param>
public sealed record SwitchChange(IReadOnlyList<SwitchPhase> Phases, IReadOnlyList<SwitchRule> Conflicts)
{
    /// <summary>Whether there is nothing to send.</summary>
    public bool IsEmpty => Phases.Count == 0;

    /// <summary>Rules of ours that are there, but do something else than intended, or are another chain's: additions of <see cref="Phases"/> replace them.</summary>
    public IReadOnlyList<AlteredRule> Altered { get; init; } = [];

    /// <summary>Rules of the switch without our cookie.</summary>
    public IReadOnlyList<InstalledRule> Foreign { get; init; } = [];
}

/// <summary>A rule that is not what it should be.</summary>
/// <param name="Intended">The message that adds it.</param>
/// <param name="Found">What the switch has in its place.</param>
public sealed record AlteredRule(FlowMod Intended, InstalledRule Found);

/// <summary>Messages that may be sent in any order among themselves.</summary>
/// <param name="Name">For logs: "add stages and tags", "add entrances", "delete entrances", "delete the rest".</param>
/// <param name="FlowMods">The messages.</param>
public sealed record SwitchPhase(string Name, IReadOnlyList<FlowMod> FlowMods);

/// <summary>What tells a rule of a switch from others: an addition with the same replaces it in one step.</summary>
/// <param name="Table">Table.</param>
/// <param name="Priority">Priority.</param>
/// <param name="Match">Match in its canonical form.</param>
public readonly record struct RuleIdentity(byte Table, ushort Priority, Match Match)
{
    /// <summary>The identity of a rule that a switch should have.</summary>
    public static RuleIdentity Of(FlowMod flow) => new(flow.Table, flow.Priority, flow.Match.Canonical());

    /// <summary>The identity of a rule that a switch has.</summary>
    public static RuleIdentity Of(InstalledRule rule) => new(rule.Table, rule.Priority, rule.Match.Canonical());
}

/// <summary>Compares the rules that a switch should have with those it has.</summary>
public static class SwitchDiff
{
    /// <summary>
    /// Additions first, so that no packet meets a gap: stages and tags, then entrances (an addition over the same match and priority
    /// replaces that rule in one step), then deletions of our rules that are not intended: entrances before what they lead to. Rules
    /// without our cookie are left alone. So is a rule that the same chain has there already and that does the same: it keeps its cookie,
    /// which says the revision that installed it, and its counters.
    /// </summary>
    public static SwitchChange Compare(IEnumerable<SwitchRule> intended, IEnumerable<InstalledRule> installed)
    {
        var existing = new Dictionary<RuleIdentity, InstalledRule>();
        foreach (var rule in installed)
        {
            existing[RuleIdentity.Of(rule)] = rule;
        }

        List<FlowMod> inner = [], entrances = [];
        List<AlteredRule> altered = [];
        List<InstalledRule> foreign = [.. existing.Values.Where(rule => !Cookie.IsOurs(rule.Cookie))];
        List<SwitchRule> conflicts = [];
        foreach (var rule in intended)
        {
            existing.Remove(RuleIdentity.Of(rule.Flow), out var found);
            if (found is not null && !Cookie.IsOurs(found.Cookie))
            {
                conflicts.Add(rule);
            }
            else if (found is null || !Cookie.OfSameChain(found.Cookie, rule.Flow.Cookie) || found.Instructions != rule.Flow.Instructions)
            {
                (rule.Role is RuleRole.Tag or RuleRole.Stage ? inner : entrances).Add(rule.Flow);
                if (found is not null)
                {
                    altered.Add(new AlteredRule(rule.Flow, found));
                }
            }
        }

        var stale = existing.Values.Where(rule => Cookie.IsOurs(rule.Cookie)).OrderBy(rule => rule.Table).ThenBy(rule => rule.Cookie).ToList();
        SwitchPhase[] phases =
        [
            .. Additions("add stages and tags", inner),
            .. Additions("add entrances", entrances),
            .. Deletions("delete entrances", stale.Where(rule => rule.Table == 0)),
            .. Deletions("delete the rest", stale.Where(rule => rule.Table != 0)),
        ];
        return new SwitchChange([.. phases.Where(phase => phase.FlowMods.Count > 0)], conflicts) { Altered = altered, Foreign = foreign };
    }

    /// <summary>
    /// Rules that stand for several are added from the highest priority down: a packet is treated by the rules of before until the one rule is there
    /// that it is meant for, and by that one from then on.
    /// </summary>
    private static IEnumerable<SwitchPhase> Additions(string name, List<FlowMod> flows) =>
        flows.Where(flow => !IsOrdered(flow)).ToList() is var free && free.Count == flows.Count
            ? [new SwitchPhase(name, flows)]
            : flows.Where(IsOrdered).GroupBy(flow => flow.Priority).OrderByDescending(group => group.Key)
                .Select(group => new SwitchPhase(name, [.. group])).Prepend(new SwitchPhase(name, free));

    /// <summary>They go from the lowest priority up, so that no packet falls to a rule which it was not meant for before it falls to the new ones.</summary>
    private static IEnumerable<SwitchPhase> Deletions(string name, IEnumerable<InstalledRule> rules)
    {
        var flows = rules.Select(Deletion).ToList();
        return flows.Where(IsOrdered).GroupBy(flow => flow.Priority).OrderBy(group => group.Key)
            .Select(group => new SwitchPhase(name, [.. group])).Prepend(new SwitchPhase(name, [.. flows.Where(flow => !IsOrdered(flow))]));
    }

    /// <summary>Whether a rule stands for several and shares its table with those of the plan before.</summary>
    private static bool IsOrdered(FlowMod flow) => TableLayout.IsComposed(flow.Priority) && flow.Match[Oxm.Metadata] is null;

    private static FlowMod Deletion(InstalledRule rule) => new()
    {
        Command = FlowModCommand.DeleteStrict,
        Table = rule.Table,
        Priority = rule.Priority,
        Match = rule.Match,
        Cookie = rule.Cookie,
        CookieMask = ulong.MaxValue,
    };
}
