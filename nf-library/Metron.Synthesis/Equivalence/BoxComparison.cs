using System.Numerics;

namespace Metron.Synthesis;

/// <summary>How a comparison of some packets ended.</summary>
internal enum BoxResult
{
    Same,
    Different,
    Unknown,
}

/// <summary>
/// Compares two pipelines on a cube of packets, exactly: rules that do not meet the cube are left out, those behind one that covers it too; when
/// what is left agrees, that was it, otherwise the cube is cut in two at the edge of a rule.
/// </summary>
/// <remarks>The cut is chosen as in HiCuts (Gupta and McKeown, 1999): the one that leaves the fewest rules on both sides.</remarks>
internal sealed class BoxComparison(
    ClassifierPipeline written, ClassifierPipeline compiled, HeaderSpace universe, ResultRelation relation, EquivalenceWork work)
{
    private const int MostResultPairs = 64;
    private const int CandidateRules = 4;
    private const int CountedRules = 128;

    private readonly Dictionary<(int Left, int Right), bool> _equalTables = [];

    /// <summary>A packet of which the two say different things; after <see cref="BoxResult.Different"/>.</summary>
    public HeaderPoint Difference { get; private set; }

    /// <summary>Compares all packets of a cube.</summary>
    public BoxResult Run(HeaderCube box) => Run(box, Side.Begin(written), Side.Begin(compiled));

    private BoxResult Run(HeaderCube box, Side left, Side right)
    {
        left = Narrow(left, box);
        if (left.IsFinal && relation.AcceptsAnything(left.Result))
        {
            return BoxResult.Same;
        }

        right = Narrow(right, box);
        if (work.IsExhausted)
        {
            return BoxResult.Unknown;
        }

        if (left.IsFinal && right.IsFinal)
        {
            return relation.Agrees(left.Result, right.Result) ? BoxResult.Same : Differs(box);
        }

        if (AllAgree(left, right) || AreEqualTables(left, right))
        {
            return BoxResult.Same;
        }

        return TryCut(box, left, right, out var field, out var low, out var high)
            ? Both(Run(box.With(field, low), left, right), () => Run(box.With(field, high), left, right))
            : RunTies(box, left, right);
    }

    private static BoxResult Both(BoxResult first, Func<BoxResult> second) => first == BoxResult.Same ? second() : first;

    /// <summary>
    /// Whether two last tables say the same about the whole universe, so that it does not matter which packets come there. Many cubes end at the
    /// same tables; each pair is compared once.
    /// </summary>
    private bool AreEqualTables(Side left, Side right)
    {
        if (!left.IsLastTable || !right.IsLastTable)
        {
            return false;
        }

        if (!_equalTables.TryGetValue((left.Table, right.Table), out var areEqual))
        {
            _equalTables[(left.Table, right.Table)] = false;
            areEqual = universe.Cubes.All(cube => Run(cube, left.Anew(), right.Anew()) == BoxResult.Same);
            _equalTables[(left.Table, right.Table)] = areEqual;
        }

        return areEqual;
    }

    private BoxResult Differs(HeaderCube box)
    {
        Difference = box.Lowest();
        return BoxResult.Different;
    }

    /// <summary>All rules that are left cover the cube: those of one rank that contradict each other. Whichever wins must be right.</summary>
    private BoxResult RunTies(HeaderCube box, Side left, Side right)
    {
        var result = BoxResult.Same;
        foreach (var one in left.Alternatives())
        {
            foreach (var other in right.Alternatives())
            {
                result = Both(result, () => Run(box, one, other));
            }
        }

        return result;
    }

    /// <summary>Leaves out what cannot decide about a packet of the cube, and goes on to the next table when it is clear which.</summary>
    private Side Narrow(Side side, HeaderCube box)
    {
        while (!side.IsFinal)
        {
            List<ClassifierRule> kept = [];
            var end = int.MaxValue;
            var tested = 0;
            foreach (var rule in side.Rules)
            {
                if (rule.Rank > end)
                {
                    break;
                }

                tested++;
                if (rule.Packets.Overlaps(box))
                {
                    kept.Add(rule);
                    end = end == int.MaxValue && rule.Packets.Covers(box) ? rule.Rank : end;
                }
            }

            work.Count(tested);
            var hasDefault = end == int.MaxValue;
            var result = kept.Count > 0 ? kept[0].Result : side.Default;
            if (!kept.TrueForAll(rule => rule.Result == result) || (hasDefault && side.Default != result))
            {
                return side with { Rules = kept, HasDefault = hasDefault };
            }

            side = side.Decide(result);
        }

        return side;
    }

    /// <summary>Whether whatever the rules that are left say is right.</summary>
    private bool AllAgree(Side left, Side right)
    {
        var (lefts, rights) = (left.Results(), right.Results());
        if (lefts.Count * rights.Count > MostResultPairs)
        {
            return false;
        }

        foreach (var one in lefts)
        {
            if (one < 0 || (!relation.AcceptsAnything(one) && !rights.TrueForAll(other => other >= 0 && relation.Agrees(one, other))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Finds the cut between the first rules' edges that leaves the fewest rules; false when every rule covers the cube.</summary>
    private bool TryCut(HeaderCube box, Side left, Side right, out HeaderField field, out FieldSet low, out FieldSet high)
    {
        (field, low, high) = (default, default, default);
        var best = long.MaxValue;
        foreach (var rule in Candidates(left, box).Concat(Candidates(right, box)))
        {
            for (var bits = rule.Packets.Constrained; bits != 0; bits &= bits - 1)
            {
                var candidate = (HeaderField)BitOperations.TrailingZeroCount(bits);
                if (TryEdge(box[candidate], rule.Packets[candidate], out var below, out var above))
                {
                    var cost = Cost(left, candidate, below, above) + Cost(right, candidate, below, above);
                    if (cost < best)
                    {
                        (best, field, low, high) = (cost, candidate, below, above);
                    }
                }
            }
        }

        return best != long.MaxValue;
    }

    /// <summary>The first rules that do not cover the cube, and one from the middle so that long lists are halved.</summary>
    private static List<ClassifierRule> Candidates(Side side, HeaderCube box)
    {
        List<ClassifierRule> found = [];
        if (side.IsFinal)
        {
            return found;
        }

        foreach (var rule in side.Rules)
        {
            if (found.Count == CandidateRules)
            {
                break;
            }

            if (!rule.Packets.Covers(box))
            {
                found.Add(rule);
            }
        }

        if (side.Rules.Count > 4 * CandidateRules)
        {
            found.Add(side.Rules[side.Rules.Count / 2]);
            found.Add(side.Rules[side.Rules.Count / 4]);
        }

        return found;
    }

    /// <summary>Cuts a cube's field where a rule's begins, where it ends, or by a bit of its mask.</summary>
    private static bool TryEdge(in FieldSet box, in FieldSet rule, out FieldSet low, out FieldSet high)
    {
        (low, high) = (default, default);
        if (rule.First > box.First)
        {
            return TryCutBefore(box, rule.First, out low, out high);
        }

        if (rule.Last < box.Last)
        {
            return TryCutBefore(box, rule.Last + 1, out low, out high);
        }

        for (var mask = rule.Mask & ~box.Mask; mask != 0;)
        {
            var bit = UInt128.One << (127 - (int)UInt128.LeadingZeroCount(mask));
            mask &= ~bit;
            if (FieldSet.TryCreate(new Interval(box.First, box.Last), box.Value, box.Mask | bit, out low)
                && FieldSet.TryCreate(new Interval(box.First, box.Last), box.Value | bit, box.Mask | bit, out high))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryCutBefore(in FieldSet box, UInt128 place, out FieldSet low, out FieldSet high)
    {
        high = default;
        return FieldSet.TryCreate(new Interval(box.First, place - 1), box.Value, box.Mask, out low)
            && FieldSet.TryCreate(new Interval(place, box.Last), box.Value, box.Mask, out high);
    }

    private long Cost(Side side, HeaderField field, in FieldSet low, in FieldSet high)
    {
        if (side.IsFinal)
        {
            return 0;
        }

        var rules = side.Rules;
        var step = Math.Max(1, rules.Count / CountedRules);
        long lows = 0, highs = 0;
        for (var i = 0; i < rules.Count; i += step)
        {
            var values = rules[i].Packets[field];
            lows += values.Overlaps(low) ? 1 : 0;
            highs += values.Overlaps(high) ? 1 : 0;
        }

        work.Count(rules.Count / step);
        return ((lows + highs) * step) + (Math.Max(lows, highs) * step);
    }

    /// <summary>Where a pipeline stands with the packets of a cube: the rules of a table that are left, or a result.</summary>
    private readonly record struct Side(ClassifierPipeline Pipeline, int Table, List<ClassifierRule> Rules, bool HasDefault, int Result)
    {
        public bool IsFinal => Table < 0;

        /// <summary>Whether the packets are in a table, behind the first one, that sends none to a further one.</summary>
        public bool IsLastTable => Table > 0 && Pipeline.Tables[Table].IsLast;

        /// <summary>The table that this is about, with all its rules.</summary>
        public Side Anew() => Enter(Pipeline, Table);

        public int Default => Pipeline.Tables[Table].Default;

        public static Side Begin(ClassifierPipeline pipeline) => Enter(pipeline, 0);

        /// <summary>A result is certain: final, or another table.</summary>
        public Side Decide(int result) => result >= 0 ? new Side(Pipeline, -1, [], false, result) : Enter(Pipeline, ~result);

        public IEnumerable<Side> Alternatives() => IsFinal ? [this] : Results().Select(Decide);

        public List<int> Results()
        {
            if (IsFinal)
            {
                return [Result];
            }

            List<int> results = HasDefault ? [Default] : [];
            foreach (var rule in Rules)
            {
                if (!results.Contains(rule.Result))
                {
                    results.Add(rule.Result);
                }
            }

            return results;
        }

        private static Side Enter(ClassifierPipeline pipeline, int table) =>
            new(pipeline, table, pipeline.Tables[table].Rules as List<ClassifierRule> ?? [.. pipeline.Tables[table].Rules], true, 0);
    }
}
