namespace Metron.Offload;

/// <summary>
/// Finds tables of a switch for the tables of a chain: each its own where that goes, else as few as possible put together, so that few rules are
/// multiplied.
/// </summary>
internal sealed class LayoutSearch(CanonicalProgram program, IReadOnlyList<TableAbility> abilities, TableBudget budget)
{
    private const int MostAttempts = 64;
    private const int MostPartitions = 4096;

    private readonly IReadOnlyList<byte> _levels = program.Levels;
    private readonly Dictionary<(byte Level, byte Table), bool> _holds = [];
    private LoweringProblem? _problem;
    private int _attempts;
    private int _partitions;

    /// <summary>The rules by the first layout that does, or why none does.</summary>
    public LoweredRules Run()
    {
        for (var count = Math.Min(_levels.Count, abilities.Count); count >= 1; count--)
        {
            foreach (var ends in Partitions(_levels.Count, count))
            {
                if (_attempts >= MostAttempts || _partitions++ >= MostPartitions)
                {
                    break;
                }

                if (Place(ends, 0, 0, []) is { } rules)
                {
                    return rules;
                }
            }
        }

        // Everything in one table is always worth a try: it is the last resort.
        return TryLayout([new TableGroup(_levels[0], _levels[^1], abilities[0])]) ?? new LoweredRules([], [_problem ?? NoLayout()]);
    }

    /// <summary>All ways to cut a number of levels into a number of parts, by the index behind each part; later cuts move first.</summary>
    private static IEnumerable<int[]> Partitions(int levels, int parts)
    {
        var ends = Enumerable.Range(1, parts).ToArray();
        ends[^1] = levels;
        while (true)
        {
            yield return ends;
            var last = parts - 2;
            while (last >= 0 && ends[last] == levels - (parts - 1 - last))
            {
                last--;
            }

            if (last < 0)
            {
                yield break;
            }

            ends = [.. ends];
            ends[last]++;
            for (var i = last + 1; i < parts - 1; i++)
            {
                ends[i] = ends[i - 1] + 1;
            }
        }
    }

    private LoweredRules? Place(int[] ends, int part, int from, List<TableGroup> groups)
    {
        if (part == ends.Length)
        {
            return TryLayout(groups);
        }

        var first = part == 0 ? 0 : ends[part - 1];
        for (var table = from; table < (part == 0 ? 1 : abilities.Count) && _attempts < MostAttempts; table++)
        {
            if ((part > 0 && !groups[^1].Table.LeadsTo(abilities[table].Table.Number)) || !Enumerable.Range(first, ends[part] - first).All(level => Holds(_levels[level], abilities[table])))
            {
                continue;
            }

            if (Place(ends, part + 1, table + 1, [.. groups, new TableGroup(_levels[first], _levels[ends[part] - 1], abilities[table])]) is { } rules)
            {
                return rules;
            }
        }

        return null;
    }

    /// <summary>Whether a table has all fields and masks for the rules of a level, and the actions of those that end there.</summary>
    private bool Holds(byte level, TableAbility table)
    {
        var key = (level, table.Table.Number);
        if (!_holds.TryGetValue(key, out var holds))
        {
            _holds[key] = holds = program.Sites.Where(site => site.Table == level).SelectMany(program.RulesAt).All(rule =>
                table.Refusal(rule.Cube, out _) is null && (rule.Next is not null || table.Lacking(rule.Actions) is null));
        }

        return holds;
    }

    private LoweredRules? TryLayout(IReadOnlyList<TableGroup> groups)
    {
        _attempts++;
        var layout = new DriverLayout(groups);
        layout = layout with { Defers = !layout.UsesMetadata || !EntrancesActAtOnce(layout) };
        try
        {
            var composed = Composer.Run(program, layout, budget);
            var rules = composed.SelectMany((rules, group) => RuleAssembly.Assemble(layout, group, rules, budget)).ToList();
            return RequireSameFields(layout, rules) is { } problem ? Note(problem) : new LoweredRules(rules, []) { Layout = layout.ToString() };
        }
        catch (LoweringException refused)
        {
            return Note(refused.Problem);
        }
    }

    private bool EntrancesActAtOnce(DriverLayout layout) => program.Sites.All(site => program.RulesAt(site).All(rule =>
        rule.Next is null || layout.Groups[layout.IndexOf(site.Table)].Table.Lacking(rule.Actions) is null));

    private static LoweringProblem? RequireSameFields(DriverLayout layout, List<SwitchRule> rules)
    {
        foreach (var table in layout.Groups.Select(group => group.Table.Table).Where(table => table.SameFieldsOnly))
        {
            var shapes = rules.Where(rule => rule.Flow.Table == table.Number)
                .GroupBy(rule => string.Join(',', rule.Flow.Match.Fields.Select(field => $"{field.Type}/{field.Mask:x}"))).ToList();
            if (shapes.Count > 1)
            {
                return new LoweringProblem(
                    LoweringProblemKind.NoLayout, 0, 0, shapes[1].First(), $"table {table.Number} wants all rules to match the same fields, and these match {shapes.Count} sets of them");
            }
        }

        return null;
    }

    /// <summary>Of all reasons, want of room is the one that something can be done about.</summary>
    private LoweredRules? Note(LoweringProblem problem)
    {
        _problem = _problem is null || (_problem.Kind != LoweringProblemKind.TooManyRules && problem.Kind == LoweringProblemKind.TooManyRules) ? problem : _problem;
        return null;
    }

    private LoweringProblem NoLayout() => new(
        LoweringProblemKind.NoLayout, _levels[^1], 0, null, "no tables of the switch, one behind the other, have the fields for what packets meet one after the other");
}
