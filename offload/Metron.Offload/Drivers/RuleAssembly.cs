namespace Metron.Offload;

/// <summary>Turns composed rules of a table into rules with priorities.</summary>
internal static class RuleAssembly
{
    /// <summary>The rules of a table of a layout.</summary>
    public static IEnumerable<SwitchRule> Assemble(DriverLayout layout, int group, IReadOnlyList<ComposedRule> composed, TableBudget budget)
    {
        var table = layout.Groups[group].Table.Table.Number;
        if (group == 0)
        {
            // Rules from endpoints are ordered among themselves as soon as one of them stands for several.
            var inner = composed.Where(rule => rule.First.Role is RuleRole.Entrance or RuleRole.Shared).ToList();
            var isComposed = inner.Exists(rule => rule.IsComposed);
            return composed.Where(rule => !isComposed || rule.First.Role is RuleRole.Tag)
                .Select(rule => Rule(rule, table, rule.First.Role, rule.Origin.Flow.Priority))
                .Concat(isComposed ? Ordered(inner, table, RuleRole.Entrance, Base(budget)) : []);
        }

        if (!composed.Any(rule => rule.IsComposed) && layout.UsesMetadata)
        {
            return composed.Select(rule => Rule(rule, table, RuleRole.Stage, rule.Origin.Flow.Priority));
        }

        return composed.GroupBy(rule => rule.Metadata)
            .SelectMany(position => Ordered([.. position], table, RuleRole.Stage, position.Key is null ? Base(budget) : 0));
    }

    private static int Base(TableBudget budget) => budget.UpperRange ? TableLayout.UpperComposed : TableLayout.LowerComposed;

    private static IEnumerable<SwitchRule> Ordered(List<ComposedRule> rules, byte table, RuleRole role, int first)
    {
        var depths = RulePriorities.Depths(rules);
        if (depths.Length > 0 && depths.Max() >= TableLayout.ComposedDepth)
        {
            var deepest = rules[Array.IndexOf(depths, depths.Max())].Origin;
            throw new LoweringException(new LoweringProblem(
                LoweringProblemKind.TooManyRules, deepest.Flow.Table, 0, deepest, $"{depths.Max()} rules depend on each other one after the other; priorities suffice for {TableLayout.ComposedDepth}"));
        }

        return rules.Select((rule, index) => Rule(rule, table, role, (ushort)(first + depths[index])));
    }

    private static SwitchRule Rule(ComposedRule rule, byte table, RuleRole role, ushort priority) => rule.Origin with
    {
        Flow = rule.Origin.Flow with
        {
            Table = table,
            Priority = priority,
            Match = rule.Cube.ToMatch(rule.Metadata),
            Instructions = rule.Instructions,
        },
        Role = role,
    };
}
