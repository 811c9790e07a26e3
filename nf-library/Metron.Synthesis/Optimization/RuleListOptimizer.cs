namespace Metron.Synthesis;

/// <summary>
/// Finds rules of an ordered list that are not needed: no packet comes to them, or what follows decides alike. Exact within limits: what is
/// found is true for every packet, what would take too long counts as needed. Findings hold one by one (the list without that rule alone) and
/// all together. The same list gives the same findings. Deals with 10,000 rules in well under a second.
/// </summary>
/// <remarks>
/// A few packets of each rule are looked up first: if one of them comes to the rule, it is not shadowed, and if that one would be decided
/// otherwise behind it, it is not redundant. Only where all of them fail, cubes are cut up.
/// </remarks>
public sealed class RuleListOptimizer
{
    private const int Seed = 1;
    private readonly IReadOnlyList<ListedRule> _rules;
    private readonly int _defaultDecision;
    private readonly RuleListLimits _limits;
    private readonly CubeList[] _lists;
    private readonly int[] _sides;
    private readonly bool[] _isRemoved;
    private readonly bool[] _isNeeded;
    private readonly Random _random = new(Seed);
    private int _undecided;

    private RuleListOptimizer(IReadOnlyList<ListedRule> rules, int defaultDecision, RuleListLimits limits)
    {
        (_rules, _defaultDecision, _limits) = (rules, defaultDecision, limits);
        _lists = [new CubeList(rules, false), new CubeList(rules, true)];
        (_isRemoved, _isNeeded) = (new bool[rules.Count], new bool[rules.Count]);
        _sides = SidesToTell(rules);
    }

    /// <summary>Looks into a list.</summary>
    /// <param name="rules">The rules in order.</param>
    /// <param name="defaultDecision">What is said of packets that no rule matches.</param>
    /// <param name="limits">How much may be computed for a rule.</param>
    public static RuleListFindings Find(IReadOnlyList<ListedRule> rules, int defaultDecision, RuleListLimits? limits = null)
    {
        var optimizer = new RuleListOptimizer(rules, defaultDecision, limits ?? RuleListLimits.Default);
        var needless = new NeedlessRule?[rules.Count];
        for (var rule = 0; rule < rules.Count; rule++)
        {
            needless[rule] = rules[rule].Packets.IsEmpty ? new NeedlessRule(rule, NeedlessRuleKind.Empty, [], false) : optimizer.Shadowed(rule);
            optimizer._isRemoved[rule] = needless[rule] is not null;
        }

        // From the end, so that what a redundant rule leaves its packets to is there to stay.
        for (var rule = rules.Count - 1; rule >= 0; rule--)
        {
            needless[rule] ??= optimizer.Redundant(rule);
            optimizer._isRemoved[rule] = needless[rule] is not null;
        }

        return new RuleListFindings([.. needless.OfType<NeedlessRule>()], optimizer._undecided);
    }

    /// <summary>Sides that have to be looked at one by one: all at once when every rule is for the same ones.</summary>
    private static int[] SidesToTell(IReadOnlyList<ListedRule> rules)
    {
        var all = rules.Aggregate(0, (sides, rule) => sides | rule.Sides);
        return rules.All(rule => rule.Sides == all) ? [all] : [.. Enumerable.Range(0, 31).Select(bit => 1 << bit).Where(side => (all & side) != 0)];
    }

    private IEnumerable<(CubeList List, HeaderCube Cube, int Sides)> Parts(int rule) =>
        from sides in _sides
        where (_rules[rule].Sides & sides) != 0
        from list in _lists
        from cube in list.Of(rule)
        select (list, cube, sides);

    private NeedlessRule? Shadowed(int rule)
    {
        var others = new List<int>();
        foreach (var (list, cube, sides) in Parts(rule))
        {
            var covering = list.FirstCovering(cube, rule, sides);
            if (covering >= 0)
            {
                others.Add(covering);
            }
            else if (Witnesses(cube).Any(point => ComesToRule(list, point, rule, sides)) || !IsCoveredTogether(list, cube, rule, sides, others))
            {
                return null;
            }
        }

        List<int> distinct = [.. others.Distinct().Order()];
        return new NeedlessRule(rule, NeedlessRuleKind.Shadowed, distinct, distinct.Exists(other => _rules[other].Decision != _rules[rule].Decision));
    }

    /// <summary>Whether a packet comes to the rule; then it is noted if what follows would decide otherwise.</summary>
    private bool ComesToRule(CubeList list, in HeaderPoint point, int rule, int sides)
    {
        var (before, behind) = list.Around(point, rule, sides);
        _isNeeded[rule] |= before < 0 && DecisionOf(behind) != _rules[rule].Decision;
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
                _undecided++;
                return false;
            }
        }

        return false;
    }

    private NeedlessRule? Redundant(int rule)
    {
        var others = new List<int>();
        foreach (var (list, cube, sides) in Parts(rule))
        {
            if (_isNeeded[rule] || Witnesses(cube).Any(point => ComesToRule(list, point, rule, sides) && _isNeeded[rule]) || !IsLeftTo(list, cube, rule, sides, others))
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
        var left = new CubePieces(cube, _limits);
        foreach (var (earlier, _) in list.Overlapping(cube, 0, rule, sides))
        {
            left.Cut(earlier);
            if (left.IsExhausted)
            {
                _undecided++;
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

            if (_rules[other].Decision != _rules[rule].Decision)
            {
                if (left.Overlap(later))
                {
                    return false;
                }
            }
            else if (!_isRemoved[other] && left.Cut(later))
            {
                others.Add(other);
            }
        }

        if (!left.IsEmpty && _rules[rule].Decision == _defaultDecision)
        {
            others.Add(-1);
        }

        return left.IsEmpty || _rules[rule].Decision == _defaultDecision;
    }

    private IEnumerable<HeaderPoint> Witnesses(HeaderCube cube)
    {
        yield return cube.Lowest();
        for (var i = 1; i < _limits.Witnesses; i++)
        {
            yield return cube.Sample(_random);
        }
    }
}
