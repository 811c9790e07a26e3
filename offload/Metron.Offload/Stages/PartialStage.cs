namespace Metron.Offload;

/// <summary>
/// Some of the rules of a function that stays on the server: rules that drop, with the rules before them that let some of the same packets pass.
/// All other packets go to the server, which has all of the rules, so any choice is right and only its benefit differs.
/// </summary>
public static class PartialStage
{
    /// <summary>Rules that the switch may drop packets by, without what they depend on; the default is numbered behind the last rule.</summary>
    /// <param name="program">The stage.</param>
    /// <param name="profile">What the switch can do; rules that it cannot have, or that depend on such, are left out.</param>
    public static IReadOnlyList<PartialCandidate> Candidates(StageProgram program, SwitchProfile profile)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(profile);
        if (program.Segments.Count == 0)
        {
            return [];
        }

        var segment = program.Segments[0];
        var abilities = profile.Tables.Select(table => new TableAbility(profile, table)).ToList();
        var cubes = segment.Rules.Select(rule => rule.Expanded.At(0).Select(MatchCube.Of).ToList()).ToList();
        var isHeld = cubes.Select(alternatives => alternatives.TrueForAll(cube =>
            abilities.Count == 0 || abilities.Exists(ability => ability.Refusal(cube, out _) is null))).ToList();
        List<PartialCandidate> candidates = [];
        for (var i = 0; i <= segment.Rules.Count; i++)
        {
            var isDefault = i == segment.Rules.Count;
            if (!(isDefault ? segment.Default : segment.Rules[i].Action).IsDrop || !(isDefault || isHeld[i]))
            {
                continue;
            }

            var needed = Enumerable.Range(0, i)
                .Where(above => !segment.Rules[above].Action.IsDrop && (isDefault || cubes[i].Exists(cube => cubes[above].Exists(cube.Overlaps)))).ToList();
            if (needed.TrueForAll(above => isHeld[above]))
            {
                candidates.Add(new PartialCandidate(i, isDefault ? segment.DefaultPurpose : segment.Rules[i].Purpose, needed)
                {
                    Cost = needed.Sum(above => segment.Rules[above].Expanded.Count) + (isDefault ? 1 : segment.Rules[i].Expanded.Count),
                });
            }
        }

        return candidates;
    }

    /// <summary>The numbers of candidates and of what they depend on, in order.</summary>
    public static IReadOnlyList<int> Closure(IEnumerable<PartialCandidate> candidates) =>
        [.. candidates.SelectMany(candidate => candidate.Needs.Append(candidate.Rule)).Distinct().Order()];

    /// <summary>The stage with these rules only; null when none of them drops anything.</summary>
    /// <param name="program">The stage.</param>
    /// <param name="kept">Numbers of rules of its first table, ascending; numbers that it has not are ignored.</param>
    public static StageProgram? Reduce(StageProgram program, IReadOnlyList<int> kept)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(kept);
        if (program.Segments.Count == 0)
        {
            return null;
        }

        var segment = program.Segments[0];
        StageRule[] rules = [.. kept.Where(index => index >= 0 && index < segment.Rules.Count).Select(index => WithoutGoto(segment.Rules[index]))];
        var hasDefault = kept.Contains(segment.Rules.Count);
        if (!(hasDefault && segment.Default.IsDrop) && !rules.Any(rule => rule.Action.IsDrop))
        {
            return null;
        }

        var reduced = new StageSegment(
            segment.Table, rules, hasDefault ? WithoutGoto(segment.Default) : StageAction.Pass(-1), hasDefault ? segment.DefaultPurpose : "the rest, for the server");
        return program with { Segments = [reduced] };
    }

    /// <summary>What would be looked at further is for the server.</summary>
    private static StageRule WithoutGoto(StageRule rule) => rule.Action.IsGoto ? new StageRule(rule.Match, StageAction.Pass(-1), rule.Purpose) { Expanded = rule.Expanded } : rule;

    private static StageAction WithoutGoto(StageAction action) => action.IsGoto ? StageAction.Pass(-1) : action;
}

/// <summary>A rule that drops.</summary>
/// <param name="Rule">Its number in the first table of its stage.</param>
/// <param name="Purpose">What it is for, as the function calls it: "rule deny-ssh", "default".</param>
/// <param name="Needs">Numbers of the rules before it that let some of the same packets pass.</param>
public sealed record PartialCandidate(int Rule, string Purpose, IReadOnlyList<int> Needs)
{
    /// <summary>About how many rules of a switch it takes, with those that it needs: what its benefit is weighed against.</summary>
    public long Cost { get; init; } = 1 + Needs.Count;
}
