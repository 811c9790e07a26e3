namespace Metron.Synthesis;

/// <summary>
/// Finds rules of an ordered list that are not needed: no packet comes to them, or what follows decides alike. Exact within limits: what is
/// found is true for every packet, what would take too long counts as needed. Findings hold one by one (the list without that rule alone) and
/// all together. The same list gives the same findings, whether or not those of an earlier version are at hand. Deals with 10,000 rules in
/// well under a second, and after an edit with those rules only that it may have changed.
/// </summary>
/// <remarks>
/// A few packets of each rule are looked up first: if one of them comes to the rule, it is not shadowed, and if that one would be decided
/// otherwise behind it, it is not redundant. Only where all of them fail, cubes are cut up.
/// </remarks>
public sealed class RuleListOptimizer
{
    /// <summary>Number of rules to look into from which an index over their cubes pays.</summary>
    private const int Many = 400;

    private readonly IReadOnlyList<ListedRule> _rules;
    private readonly int _defaultDecision;
    private readonly RuleListLimits _limits;
    private readonly CubeList[] _lists;
    private readonly int[] _sides;
    private readonly RuleNote[] _notes;
    private readonly RuleListUpdate? _update;
    private readonly WitnessRandom _random = new();

    // Rules that are left out now and were not before, or the other way round.
    private readonly List<int> _flipped = [];

    private RuleListOptimizer(IReadOnlyList<ListedRule> rules, int defaultDecision, RuleListLimits limits, RuleListMemory? before)
    {
        (_rules, _defaultDecision, _limits) = (rules, defaultDecision, limits);
        _sides = SidesToTell(rules);
        _update = RuleListUpdate.Of(before, rules, defaultDecision, limits, _sides);
        _notes = _update?.Notes ?? new RuleNote[rules.Count];
        var isForMany = _update is null || _update.LookAgain.Count(again => again) > Many;
        _lists = [new CubeList(rules, false, isForMany), new CubeList(rules, true, isForMany)];
    }

    /// <summary>Looks into a list.</summary>
    /// <param name="rules">The rules in order.</param>
    /// <param name="defaultDecision">What is said of packets that no rule matches.</param>
    /// <param name="limits">How much may be computed for a rule.</param>
    /// <param name="before">
    /// What was found in an earlier version of the list. Rules whose <see cref="ListedRule.Packets"/> are the same object in both need not
    /// be looked into again unless something changed that they depend on.
    /// </param>
    public static RuleListFindings Find(
        IReadOnlyList<ListedRule> rules, int defaultDecision, RuleListLimits? limits = null, RuleListFindings? before = null)
    {
        var optimizer = new RuleListOptimizer(rules, defaultDecision, limits ?? RuleListLimits.Default, before?.Memory);
        for (var rule = 0; rule < rules.Count; rule++)
        {
            if (optimizer.IsToLookInto(rule))
            {
                optimizer._notes[rule].Needless = rules[rule].Packets.IsEmpty ? new NeedlessRule(rule, NeedlessRuleKind.Empty, [], false) : optimizer.Shadowed(rule);
            }
        }

        // From the end, so that what a redundant rule leaves its packets to is there to stay.
        for (var rule = rules.Count - 1; rule >= 0; rule--)
        {
            optimizer.FindRedundant(rule);
        }

        return new RuleListFindings([.. optimizer._notes.Select(note => note.Needless).OfType<NeedlessRule>()], optimizer._notes.Count(note => note.IsUndecided))
        {
            Memory = new RuleListMemory([.. rules], defaultDecision, optimizer._limits, optimizer._sides, optimizer._notes),
        };
    }

    private bool IsToLookInto(int rule) => _update is null || _update.LookAgain[rule];

    /// <summary>Sides that have to be looked at one by one: all at once when every rule is for the same ones.</summary>
    private static int[] SidesToTell(IReadOnlyList<ListedRule> rules)
    {
        var all = rules.Aggregate(0, (sides, rule) => sides | rule.Sides);
        return rules.All(rule => rule.Sides == all) ? [all] : [.. Enumerable.Range(0, 31).Select(bit => 1 << bit).Where(side => (all & side) != 0)];
    }

    private IEnumerable<(CubeList List, HeaderCube Cube, int Sides)> Parts(int rule)
    {
        foreach (var sides in _sides)
        {
            if ((_rules[rule].Sides & sides) == 0)
            {
                continue;
            }

            foreach (var list in _lists)
            {
                foreach (var cube in list.Of(rule))
                {
                    yield return (list, cube, sides);
                }
            }
        }
    }

    private NeedlessRule? Shadowed(int rule)
    {
        var others = new List<int>();
        var isCoveredSingly = true;
        foreach (var (list, cube, sides) in Parts(rule))
        {
            var covering = list.FirstCovering(cube, rule, sides);
            if (covering >= 0)
            {
                others.Add(covering);
            }
            else if (ComesToRule(list, cube, rule, sides) || !IsCoveredTogether(list, cube, rule, sides, others))
            {
                return null;
            }
            else
            {
                isCoveredSingly = false;
            }
        }

        _notes[rule].IsCoveredSingly = isCoveredSingly;
        List<int> distinct = [.. others.Distinct().Order()];
        return new NeedlessRule(rule, NeedlessRuleKind.Shadowed, distinct, distinct.Exists(other => _rules[other].Decision != _rules[rule].Decision));
    }

    /// <summary>Whether one of a cube's witnesses comes to the rule.</summary>
    private bool ComesToRule(CubeList list, HeaderCube cube, int rule, int sides)
    {
        _random.Begin(cube);
        for (var i = 0; i < _limits.Witnesses; i++)
        {
            if (ComesToRule(list, i == 0 ? cube.Lowest() : cube.Sample(_random), rule, sides))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether one of a cube's witnesses proves that the rule is needed.</summary>
    private bool IsNeeded(CubeList list, HeaderCube cube, int rule, int sides)
    {
        _random.Begin(cube);
        for (var i = 0; i < _limits.Witnesses && !_notes[rule].IsNeeded; i++)
        {
            ComesToRule(list, i == 0 ? cube.Lowest() : cube.Sample(_random), rule, sides);
        }

        return _notes[rule].IsNeeded;
    }

    /// <summary>Whether a packet comes to the rule; then it is noted if what follows would decide otherwise.</summary>
    private bool ComesToRule(CubeList list, in HeaderPoint point, int rule, int sides)
    {
        var (before, behind) = list.Around(point, rule, sides);
        if (before < 0 && DecisionOf(behind) != _rules[rule].Decision)
        {
            ref var note = ref _notes[rule];
            (note.IsNeeded, note.Witness, note.WitnessSides, note.Behind) = (true, point, sides, behind);
        }

        return before < 0;
    }

    private int DecisionOf(int rule) => rule < 0 ? _defaultDecision : _rules[rule].Decision;

    private bool IsCoveredTogether(CubeList list, HeaderCube cube, int rule, int sides, List<int> others)
    {
        var left = new CubePieces(cube, _limits);
        foreach (var (earlier, other) in list.Overlapping(cube, 0, rule, sides))
        {
            if (left.Cut(earlier))
            {
                others.Add(other);
            }

            if (left.IsEmpty)
            {
                return true;
            }

            if (left.IsExhausted)
            {
                _notes[rule].IsShadowOpen = true;
                return false;
            }
        }

        return false;
    }

    /// <summary>Looks whether a rule is redundant, if that is not known, when all behind it are decided.</summary>
    private void FindRedundant(int rule)
    {
        ref var note = ref _notes[rule];
        if (note.Needless is not { Kind: not NeedlessRuleKind.Redundant } && !note.IsNeeded && (IsToLookInto(rule) || DependsOnFlipped(rule)))
        {
            (note.Reach, note.IsBehindEarlier, note.IsRedundancyOpen) = (-1, false, false);
            note.Needless = Redundant(rule);
            if (note.IsUndecided)
            {
                // Whether it counts as undecided must not depend on which witness was tried first.
                _ = Parts(rule).Any(part => IsNeeded(part.List, part.Cube, rule, part.Sides));
            }
        }

        if (_update?.HasFlipped(rule, note.Needless is not null) == true)
        {
            _flipped.Add(rule);
        }
    }

    private bool DependsOnFlipped(int rule)
    {
        var isRedundant = _notes[rule].Needless is not null;
        foreach (var flipped in _flipped)
        {
            if ((_rules[flipped].Sides & _rules[rule].Sides) != 0 && !(isRedundant && flipped > _notes[rule].Reach)
                && _rules[flipped].Packets.Overlaps(_rules[rule].Packets))
            {
                return true;
            }
        }

        return false;
    }

    private NeedlessRule? Redundant(int rule)
    {
        var others = new List<int>();
        foreach (var (list, cube, sides) in Parts(rule))
        {
            if (IsNeeded(list, cube, rule, sides) || !IsLeftTo(list, cube, rule, sides, others))
            {
                return null;
            }
        }

        return new NeedlessRule(rule, NeedlessRuleKind.Redundant, [.. others.Distinct()], false);
    }

    /// <summary>Whether what follows decides alike for all packets of a cube that come to the rule.</summary>
    private bool IsLeftTo(CubeList list, HeaderCube cube, int rule, int sides, List<int> others)
    {
        // Most often it does so for all packets of the cube, whether they come to the rule or not.
        var named = others.Count;
        if (IsLeftTo(list, new CubePieces(cube, _limits), cube, rule, sides, others))
        {
            return true;
        }

        others.RemoveRange(named, others.Count - named);
        (_notes[rule].IsBehindEarlier, _notes[rule].Reach) = (true, int.MaxValue);
        var left = new CubePieces(cube, _limits);
        foreach (var (earlier, _) in list.Overlapping(cube, 0, rule, sides))
        {
            left.Cut(earlier);
            if (left.IsExhausted)
            {
                _notes[rule].IsRedundancyOpen = true;
                return false;
            }
        }

        return IsLeftTo(list, left, cube, rule, sides, others);
    }

    private bool IsLeftTo(CubeList list, CubePieces left, HeaderCube cube, int rule, int sides, List<int> others)
    {
        foreach (var (later, other) in list.Overlapping(cube, rule + 1, _rules.Count, sides))
        {
            if (left.IsEmpty)
            {
                return true;
            }

            _notes[rule].Reach = Math.Max(_notes[rule].Reach, other);
            if (_rules[other].Decision != _rules[rule].Decision)
            {
                if (left.Overlap(later))
                {
                    return false;
                }
            }
            else if (_notes[other].Needless is null && left.Cut(later))
            {
                others.Add(other);
            }
        }

        if (left.IsEmpty)
        {
            return true;
        }

        _notes[rule].Reach = int.MaxValue;
        if (_rules[rule].Decision == _defaultDecision)
        {
            others.Add(-1);
        }

        return _rules[rule].Decision == _defaultDecision;
    }
}
