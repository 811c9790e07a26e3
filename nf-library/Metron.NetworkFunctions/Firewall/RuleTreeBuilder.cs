using System.Numerics;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>Grows the trees of <see cref="RuleTrees"/>.</summary>
/// <param name="boxes">The rules' boxes.</param>
/// <param name="isPlain">Whether a rule takes every packet of its box.</param>
/// <param name="lanes">Lanes in use.</param>
internal sealed class RuleTreeBuilder(RuleBox[] boxes, bool[] isPlain, int lanes)
{
    /// <summary>So many rules are compared rather than cut.</summary>
    private const int LeafRules = 8;

    /// <summary>With a leaf of more rules, the trees are not worth it.</summary>
    private const int MaximumLeafRules = 48;

    private const int MaximumCutBits = 6;
    private const int MaximumDepth = 24;

    /// <summary>A cut may repeat rules in its parts up to so many times as many as before.</summary>
    private const int SpaceFactor = 4;

    private readonly int _maximumItems = 4096 + (64 * boxes.Length);

    /// <summary>All nodes and leaves.</summary>
    public List<RuleNode> Nodes { get; } = [];

    /// <summary>What they list.</summary>
    public List<int> Items { get; } = [];

    /// <summary>Whether a leaf is too long or there are too many.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Grows a tree.</summary>
    /// <param name="rules">Its rules, in order.</param>
    /// <param name="box">What its packets are in, unless none of the rules holds them.</param>
    /// <returns>Number of its root.</returns>
    public int Grow(int[] rules, RuleBox box) => Grow(rules, in box, 0);

    private int Grow(int[] rules, in RuleBox box, int depth)
    {
        var cut = rules.Length <= LeafRules || depth == MaximumDepth || IsGivenUp ? null : Choose(rules, in box);
        if (cut is not { } chosen)
        {
            IsGivenUp |= rules.Length > MaximumLeafRules || Items.Count > _maximumItems;
            Nodes.Add(new RuleNode(-1, 0, rules.Length, Items.Count));
            Items.AddRange(rules);
            return Nodes.Count - 1;
        }

        var number = Nodes.Count;
        Nodes.Add(default);
        var parts = new int[1 << chosen.Bits];
        int[] before = [];
        for (var part = 0; part < parts.Length; part++)
        {
            var first = chosen.First + ((uint)part << chosen.Shift);
            var partBox = box.With(chosen.Lane, first, first + (uint)((1UL << chosen.Shift) - 1));
            var inside = Inside(rules, in partBox);

            // Neighbours with the same few rules share a leaf.
            parts[part] = part > 0 && inside.Length <= LeafRules && inside.AsSpan().SequenceEqual(before)
                ? parts[part - 1]
                : Grow(inside, in partBox, depth + 1);
            before = inside;
        }

        Nodes[number] = new RuleNode(chosen.Lane, chosen.Shift, parts.Length, Items.Count);
        Items.AddRange(parts);
        return number;
    }

    /// <summary>The rules that meet a part, up to the first that takes all of its packets.</summary>
    private int[] Inside(int[] rules, in RuleBox part)
    {
        var inside = new List<int>();
        foreach (var rule in rules)
        {
            if (boxes[rule].Meets(in part))
            {
                inside.Add(rule);
                if (isPlain[rule] && boxes[rule].Covers(in part))
                {
                    break;
                }
            }
        }

        return [.. inside];
    }

    /// <summary>The cut whose largest part has the fewest rules; null when none makes it smaller within the space.</summary>
    private Cut? Choose(int[] rules, in RuleBox box)
    {
        Cut? best = null;
        var largest = rules.Length;
        Span<int> ends = stackalloc int[(1 << MaximumCutBits) + 1];
        for (var lane = 0; lane < lanes; lane++)
        {
            var (first, last) = Shared(rules, in box, lane);
            var open = 32 - BitOperations.LeadingZeroCount(first ^ last);
            for (var bits = 1; bits <= Math.Min(MaximumCutBits, open); bits++)
            {
                var cut = new Cut(lane, open - bits, bits, first);
                var counts = ends[..((1 << bits) + 1)];
                var (total, most) = Count(rules, in box, cut, counts);
                if (total + (1 << bits) > SpaceFactor * rules.Length)
                {
                    break;
                }

                if (most < largest)
                {
                    (best, largest) = (cut, most);
                }
            }
        }

        return best;
    }

    /// <summary>How many rules lie in the parts of a cut, together and at most.</summary>
    private (int Total, int Most) Count(int[] rules, in RuleBox box, Cut cut, Span<int> changes)
    {
        changes.Clear();
        foreach (var rule in rules)
        {
            var from = (Math.Max(boxes[rule].First(cut.Lane), box.First(cut.Lane)) - cut.First) >> cut.Shift;
            var to = (Math.Min(boxes[rule].Last(cut.Lane), box.Last(cut.Lane)) - cut.First) >> cut.Shift;
            changes[(int)from]++;
            changes[(int)to + 1]--;
        }

        var (total, most, now) = (0, 0, 0);
        foreach (var change in changes[..^1])
        {
            now += change;
            total += now;
            most = Math.Max(most, now);
        }

        return (total, most);
    }

    /// <summary>The smallest power of two of values, aligned, that holds all rules' values in the box.</summary>
    private (uint First, uint Last) Shared(int[] rules, in RuleBox box, int lane)
    {
        var (low, high) = (uint.MaxValue, uint.MinValue);
        foreach (var rule in rules)
        {
            low = Math.Min(low, Math.Max(boxes[rule].First(lane), box.First(lane)));
            high = Math.Max(high, Math.Min(boxes[rule].Last(lane), box.Last(lane)));
        }

        var open = (1UL << (32 - BitOperations.LeadingZeroCount(low ^ high))) - 1;
        return (low & ~(uint)open, low | (uint)open);
    }

    /// <summary>The bits above a shift, of a range of values that begins at the first.</summary>
    private readonly record struct Cut(int Lane, int Shift, int Bits, uint First);
}
