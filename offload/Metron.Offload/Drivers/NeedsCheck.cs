using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Finds rules that no table of a switch can have, however tables are put together.</summary>
internal static class NeedsCheck
{
    /// <summary>The problems of single rules.</summary>
    public static IEnumerable<LoweringProblem> Problems(CanonicalProgram program, IReadOnlyList<TableAbility> abilities, SwitchProfile profile)
    {
        foreach (var site in program.Sites.OrderBy(site => site.Table).ThenBy(site => site.Position))
        {
            var tables = site.Table == 0 ? [abilities[0]] : abilities;
            foreach (var rule in program.RulesAt(site))
            {
                if (Problem(rule, tables, abilities) is var (kind, words, action))
                {
                    var message = $"\"{rule.Rule.Purpose}\" needs {words}, which {Where(site, profile)}";
                    yield return new LoweringProblem(kind, site.Table, site.Position, rule.Rule, message) { Action = action };
                }
            }
        }
    }

    private static (LoweringProblemKind Kind, string Words, OpenFlowAction? Action)? Problem(SiteRule rule, IReadOnlyList<TableAbility> tables, IReadOnlyList<TableAbility> all)
    {
        var taking = tables.Where(table => table.Refusal(rule.Cube, out _) is null).ToList();
        if (taking.Count == 0)
        {
            // The table that comes closest says most.
            var refusals = tables.Select(table => (Kind: table.Refusal(rule.Cube, out var field)!.Value, Field: field)).ToList();
            var (kind, lacking) = refusals.OrderByDescending(refusal => refusal.Kind).First();
            return (kind, kind == LoweringProblemKind.MaskMissing ? $"{Text(lacking)} under a mask" : $"to match {Text(lacking)}", null);
        }

        if (rule.Actions.Count > 0 && (rule.Next is null ? taking : all).All(table => table.Lacking(rule.Actions) is not null))
        {
            var action = taking[0].Lacking(rule.Actions);
            return (LoweringProblemKind.ActionMissing, $"{action}", action);
        }

        return null;
    }

    private static string Text(CubeField field) => OxmField.Masked(field.Type, field.Value, field.Mask).ToString();

    private static string Where(Site site, SwitchProfile profile) =>
        site.Table == 0 && profile.Tables.Count > 1 ? $"the first table of {profile.Name} does not do" : $"no table of {profile.Name} does";
}
