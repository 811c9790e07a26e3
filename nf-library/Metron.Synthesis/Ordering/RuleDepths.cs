using System.Numerics;

namespace Metron.Synthesis;

/// <summary>A rule of an ordered list: which packets, and what is done with them.</summary>
/// <param name="Match">Which packets.</param>
/// <param name="Action">Number of the action: rules with the same number do the same, so that their order means nothing.</param>
public readonly record struct OrderedRule(HeaderMatch Match, int Action);

/// <summary>
/// How deep rules of an ordered list lie: 1 above the deepest rule that comes later, may match the same packets and does something else; 1
/// when there is none. Evaluating the deepest match first is the same as evaluating the first match first, but the order of rules that do
/// not depend on each other has no influence, and a rule that comes or goes changes only what depends on it.
/// </summary>
/// <remarks>
/// Why that is so: of the rules that match a packet, let f be the first. Every later one that does something else is less deep than f, so the
/// deepest one does what f does. A function of the list alone. The first computation compares every rule with those behind it, several at a
/// time (10,000 rules of random prefixes: measured in docs/adr); <see cref="Of(IReadOnlyList{OrderedRule}, RuleDepths)"/> only what changed.
/// </remarks>
public sealed class RuleDepths
{
    /// <summary>Beyond so many rules that changed, everything is computed anew.</summary>
    private const int MostChanges = 256;

    private readonly RuleBoxes _boxes;
    private readonly long[] _depths;

    private RuleDepths(RuleBoxes boxes, long[] depths) => (_boxes, _depths) = (boxes, depths);

    /// <summary>Number of rules.</summary>
    public int Count => _boxes.Rules.Count;

    /// <summary>Depth of a rule: from 1 to the number of rules.</summary>
    public int this[int index] => (int)_depths[index];

    /// <summary>The depths of a list.</summary>
    public static RuleDepths Of(IReadOnlyList<OrderedRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var depths = Empty(rules);
        for (var i = rules.Count - 1; i >= 0; i--)
        {
            depths.Compute(i);
        }

        return depths;
    }

    /// <summary>The same as <see cref="Of(IReadOnlyList{OrderedRule})"/>, from those of a similar list.</summary>
    /// <param name="rules">The list.</param>
    /// <param name="before">Depths of the list as it was.</param>
    public static RuleDepths Of(IReadOnlyList<OrderedRule> rules, RuleDepths? before)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return before is null ? Of(rules) : DepthUpdate.TryRun(Empty(rules), before, MostChanges) ?? Of(rules);
    }

    internal IReadOnlyList<OrderedRule> Rules => _boxes.Rules;

    internal RuleBoxes Boxes => _boxes;

    internal void Set(int index, int depth) => _depths[index] = depth;

    /// <summary>Computes the depth of a rule from those behind it.</summary>
    internal void Compute(int index)
    {
        var (rules, boxes) = (_boxes.Rules, _boxes);
        var (sourceFirst, sourceLast) = (new Vector<long>(boxes.SourceFirst[index]), new Vector<long>(boxes.SourceLast[index]));
        var (destinationFirst, destinationLast) = (new Vector<long>(boxes.DestinationFirst[index]), new Vector<long>(boxes.DestinationLast[index]));
        var deepest = 0L;
        for (var other = index + 1; other < rules.Count; other += Vector<long>.Count)
        {
            var meets = Vector.GreaterThan(new Vector<long>(_depths, other), new Vector<long>(deepest))
                & Vector.LessThanOrEqual(new Vector<long>(boxes.DestinationFirst, other), destinationLast)
                & Vector.GreaterThanOrEqual(new Vector<long>(boxes.DestinationLast, other), destinationFirst)
                & Vector.LessThanOrEqual(new Vector<long>(boxes.SourceFirst, other), sourceLast)
                & Vector.GreaterThanOrEqual(new Vector<long>(boxes.SourceLast, other), sourceFirst);
            if (Vector.EqualsAll(meets, Vector<long>.Zero))
            {
                continue;
            }

            for (var lane = 0; lane < Vector<long>.Count; lane++)
            {
                if (meets[lane] != 0 && _depths[other + lane] > deepest && DependsOn(rules[index], rules[other + lane]))
                {
                    deepest = _depths[other + lane];
                }
            }
        }

        _depths[index] = deepest + 1;
    }

    /// <summary>Whether the order of two rules means something.</summary>
    internal static bool DependsOn(in OrderedRule left, in OrderedRule right) =>
        left.Action != right.Action && RuleOverlap.MayMeet(left.Match, right.Match);

    private static RuleDepths Empty(IReadOnlyList<OrderedRule> rules)
    {
        // Padding: the last step over the columns reads beyond the last rule.
        var padding = Vector<long>.Count;
        return new RuleDepths(new RuleBoxes(rules, padding), new long[rules.Count + padding]);
    }
}
