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
}

/// <summary>Messages that may be sent in any order among themselves.</summary>
/// <param name="Name">For logs: "add stages and tags", "add entrances", "delete entrances", "delete the rest".</param>
/// <param name="FlowMods">The messages.</param>
public sealed record SwitchPhase(string Name, IReadOnlyList<FlowMod> FlowMods);

/// <summary>Compares the rules that a switch should have with those it has.</summary>
public static class SwitchDiff
{
    /// <summary>
    /// Additions first, so that no packet meets a gap: stages and tags, then entrances (an addition over the same match and priority
    /// replaces that rule in one step), then deletions of our rules that are not intended: entrances before what they lead to. Rules
    /// without our cookie are left alone.
    /// </summary>
    public static SwitchChange Compare(IEnumerable<SwitchRule> intended, IEnumerable<InstalledRule> installed)
    {
        var existing = new Dictionary<RuleIdentity, InstalledRule>();
        foreach (var rule in installed)
        {
            existing[new RuleIdentity(rule.Table, rule.Priority, rule.Match.Canonical())] = rule;
        }

        List<FlowMod> inner = [], entrances = [];
        List<SwitchRule> conflicts = [];
        foreach (var rule in intended)
        {
            var identity = new RuleIdentity(rule.Flow.Table, rule.Flow.Priority, rule.Flow.Match.Canonical());
            existing.Remove(identity, out var found);
            if (found is not null && !Cookie.IsOurs(found.Cookie))
            {
                conflicts.Add(rule);
            }
            else if (found is null || found.Cookie != rule.Flow.Cookie || found.Instructions != rule.Flow.Instructions)
            {
                (rule.Role is RuleRole.Tag or RuleRole.Stage ? inner : entrances).Add(rule.Flow);
            }
        }

        var stale = existing.Values.Where(rule => Cookie.IsOurs(rule.Cookie)).OrderBy(rule => rule.Table).ThenBy(rule => rule.Cookie).ToList();
        SwitchPhase[] phases =
        [
            new("add stages and tags", inner),
            new("add entrances", entrances),
            new("delete entrances", [.. stale.Where(rule => rule.Table == 0).Select(Deletion)]),
            new("delete the rest", [.. stale.Where(rule => rule.Table != 0).Select(Deletion)]),
        ];
        return new SwitchChange([.. phases.Where(phase => phase.FlowMods.Count > 0)], conflicts);
    }

    private static FlowMod Deletion(InstalledRule rule) => new()
    {
        Command = FlowModCommand.DeleteStrict,
        Table = rule.Table,
        Priority = rule.Priority,
        Match = rule.Match,
        Cookie = rule.Cookie,
        CookieMask = ulong.MaxValue,
    };

    private readonly record struct RuleIdentity(byte Table, ushort Priority, Match Match);
}
