namespace Metron.Offload;

/// <summary>
/// Turns the rules of a chain as <see cref="ChainRules"/> writes them into rules that do the same on a switch with other tables, fields, masks
/// and actions. Pure. docs/switches.md says how.
/// </summary>
public static class SwitchDriver
{
    private const int MostProblems = 20;

    /// <summary>Lowers the rules of a chain.</summary>
    /// <param name="rules">All rules of one chain, or of several that do not share entrances.</param>
    /// <param name="profile">What the switch can do.</param>
    /// <param name="budget">How much of it is free; null: all of it.</param>
    public static LoweredRules Lower(IReadOnlyList<SwitchRule> rules, SwitchProfile profile, TableBudget? budget = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(profile);
        budget ??= TableBudget.Full;
        if (IsUnlimited(profile, budget))
        {
            return new LoweredRules(rules, []);
        }

        var abilities = Abilities(profile);
        if (CanonicalProgram.Read(rules, out var problem) is not { } program)
        {
            return new LoweredRules([], [problem!]);
        }

        if (FitsAsItIs(program, abilities, budget))
        {
            return new LoweredRules(rules, []);
        }

        var lacking = NeedsCheck.Problems(program, abilities, profile).Take(MostProblems).ToList();
        return lacking.Count > 0 ? new LoweredRules([], lacking) : new LayoutSearch(program, abilities, budget).Run();
    }

    /// <summary>
    /// Lowers rules that serve all chains. They only count what is dropped in any case, so those that a switch has no fields for are left out.
    /// </summary>
    public static IReadOnlyList<SwitchRule> LowerShared(IReadOnlyList<SwitchRule> rules, SwitchProfile profile)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(profile);
        if (profile.Tables.IsEmpty)
        {
            return rules;
        }

        var first = new TableAbility(profile, profile.Tables[0]);
        return
        [
            .. rules.Where(rule => first.Refusal(MatchCube.Of(rule.Flow.Match), out _) is null)
                .SelectMany(rule => first.Expand(MatchCube.Of(rule.Flow.Match)).Select(cube => rule with
                {
                    Flow = rule.Flow with { Table = profile.Tables[0].Number, Match = cube.ToMatch(null) },
                })),
        ];
    }

    private static bool IsUnlimited(SwitchProfile profile, TableBudget budget) => profile is { Tables.IsEmpty: true, Metadata: true } && budget.Learnt.Count == 0;

    /// <summary>A profile without tables has all that OpenFlow numbers, and they can do everything.</summary>
    private static List<TableAbility> Abilities(SwitchProfile profile)
    {
        const int tables = 254;
        var list = profile.Tables.IsEmpty ? Enumerable.Range(0, tables).Select(number => new TableProfile((byte)number)) : profile.Tables;
        return [.. list.Select(table => new TableAbility(profile, table))];
    }

    private static bool FitsAsItIs(CanonicalProgram program, List<TableAbility> abilities, TableBudget budget)
    {
        var byNumber = abilities.ToDictionary(ability => ability.Table.Number);
        if (abilities[0].Table.Number != 0 || program.Levels.Any(level => !byNumber.ContainsKey(level)))
        {
            return false;
        }

        var counts = new int[byte.MaxValue + 1];
        foreach (var site in program.Sites)
        {
            var ability = byNumber[site.Table];
            if (site.Table > 0 && !ability.MatchesMetadata)
            {
                return false;
            }

            foreach (var rule in program.RulesAt(site))
            {
                counts[site.Table]++;
                var isHeld = ability.Refusal(rule.Cube, out _) is null && ability.Expand(rule.Cube).Count == 1
                    && ability.Lacking(rule.Actions) is null && (rule.Next is not { } next || ability.LeadsTo(next.Table));
                if (!isHeld)
                {
                    return false;
                }
            }
        }

        return abilities.TrueForAll(ability => counts[ability.Table.Number] <= (budget.FreeIn(ability.Table) ?? int.MaxValue));
    }
}
