namespace Metron.Synthesis;

/// <summary>
/// Finds, for each written rule, the compiled rules that are exactly it, in time linear in the rules when they come in the same order. What
/// is left over (rules on one side only, rules whose order changed although they contradict each other) names the only packets that may
/// be treated differently.
/// </summary>
/// <remarks>
/// Why that is sound: let a packet be in none of the cubes left over. All rules that match it are aligned, on both sides the same ones. Let i
/// be the first in the written order and j the first in the compiled one. If they are not the same rule, their order changed; so either
/// their results agree or the packet is in their intersection, which is among the cubes left over.
/// A rule on one side only may be forgotten when one before covers it, or when all those behind it that it overlaps, down to one that
/// covers it, have its result.
/// </remarks>
internal sealed class RuleAlignment
{
    private const int Window = 8;
    private const int MostCandidates = 4;
    private const int LargestGroup = 4096;
    private const int MostLeftOver = 4096;

    private readonly List<WrittenRule> _written;
    private readonly List<ClassifierRule> _compiled;
    private readonly Func<int, int, bool> _agrees;
    private readonly PacketMeasure _measure;
    private readonly EquivalenceWork _work;
    private readonly List<Aligned> _aligned = [];
    private readonly List<int> _strays = [];
    private readonly List<HeaderCube> _leftOver = [];
    private readonly Dictionary<(HeaderKind Kind, FieldSet Source, FieldSet Destination), List<WrittenRule>> _byAddresses = [];

    private RuleAlignment(Classifier written, Classifier compiled, Func<int, int, bool> agrees, HeaderSpace universe, EquivalenceWork work)
    {
        _written = WrittenRule.Read(written);
        _compiled =
        [
            .. compiled.Rules,
            .. new[] { HeaderCube.AllV4, HeaderCube.AllV6, HeaderCube.AllOther }.Select(
                cube => new ClassifierRule(cube, int.MaxValue, compiled.Default, int.MaxValue)),
        ];
        (_agrees, _work) = (agrees, work);
        var fields = _written.SelectMany(rule => rule.Cubes).Concat(_compiled.Select(rule => rule.Packets)).Aggregate(0U, (all, cube) => all | cube.Constrained);
        _measure = new PacketMeasure(universe, fields);
        foreach (var rule in _written)
        {
            foreach (var key in rule.Cubes.Select(Addresses).Distinct())
            {
                if (!_byAddresses.TryGetValue(key, out var rules))
                {
                    _byAddresses[key] = rules = [];
                }

                rules.Add(rule);
            }
        }
    }

    /// <summary>The packets that must be compared one way or the other; none: the tables are equal. Null: too many.</summary>
    /// <param name="written">The table as written.</param>
    /// <param name="compiled">The table to compare with it.</param>
    /// <param name="agrees">Whether a compiled result is right for a written one.</param>
    /// <param name="universe">Packets that can come, as disjoint cubes.</param>
    /// <param name="work">Budget.</param>
    public static IReadOnlyList<HeaderCube>? Run(
        Classifier written, Classifier compiled, Func<int, int, bool> agrees, HeaderSpace universe, EquivalenceWork work)
    {
        var alignment = new RuleAlignment(written, compiled, agrees, universe, work);
        alignment.Align();
        alignment.ForgetRedundant();
        alignment.CheckOrder();
        return alignment._leftOver.Count > MostLeftOver || work.IsExhausted ? null : alignment._leftOver;
    }

    private void Align()
    {
        var next = 0;
        for (var place = 0; place < _compiled.Count && !_work.IsExhausted;)
        {
            var length = 0;
            foreach (var candidate in CandidatesFor(_compiled[place], next))
            {
                length = LengthOfGroup(candidate, place);
                if (length > 0)
                {
                    candidate.IsAligned = true;
                    _aligned.Add(new Aligned(candidate, _compiled[place].Rank, _compiled[place + length - 1].Rank, _compiled[place].Result));
                    next = candidate.Index + 1;
                    break;
                }
            }

            if (length == 0)
            {
                _strays.Add(place);
            }

            place += Math.Max(1, length);
        }
    }

    private static (HeaderKind Kind, FieldSet Source, FieldSet Destination) Addresses(HeaderCube cube) =>
        (cube.Kind, cube[HeaderField.Source], cube[HeaderField.Destination]);

    /// <summary>Written rules that a compiled one may be a part of: those that come next, those of the same addresses, then the smallest.</summary>
    private IEnumerable<WrittenRule> CandidatesFor(ClassifierRule rule, int next)
    {
        var end = Math.Min(_written.Count, next + Window);
        for (var i = next; i < end; i++)
        {
            if (IsCandidate(_written[i], rule))
            {
                yield return _written[i];
            }
        }

        if (_byAddresses.TryGetValue(Addresses(rule.Packets), out var alike))
        {
            _work.Count(alike.Count);
            foreach (var candidate in alike.Where(candidate => IsCandidate(candidate, rule)).Take(Window).ToList())
            {
                yield return candidate;
            }
        }

        _work.Count(_written.Count);
        var others = _written.Where(candidate => (candidate.Index < next || candidate.Index >= end) && IsCandidate(candidate, rule));
        foreach (var candidate in others.OrderBy(candidate => candidate.Size(_measure)).Take(MostCandidates))
        {
            yield return candidate;
        }
    }

    private bool IsCandidate(WrittenRule candidate, ClassifierRule rule) =>
        !candidate.IsAligned && _agrees(candidate.Result, rule.Result) && candidate.Covers(rule.Packets);

    /// <summary>How many compiled rules from a place on make up a written rule exactly; 0 when none do.</summary>
    private int LengthOfGroup(WrittenRule candidate, int place)
    {
        var missing = candidate.Size(_measure);
        var end = place;
        while (end < _compiled.Count && end - place < LargestGroup && !missing.IsZero
            && _compiled[end].Result == _compiled[place].Result && candidate.Covers(_compiled[end].Packets))
        {
            missing -= _measure.Of(_compiled[end].Packets);
            if (missing.Sign < 0 || !IsDisjoint(place, end))
            {
                return 0;
            }

            end++;
        }

        return missing.IsZero ? end - place : 0;
    }

    private bool IsDisjoint(int first, int last)
    {
        _work.Count(last - first);
        for (var i = first; i < last; i++)
        {
            if (_compiled[i].Packets.Overlaps(_compiled[last].Packets))
            {
                return false;
            }
        }

        return true;
    }

    private void ForgetRedundant()
    {
        var kept = _written.ToList();
        for (var i = kept.Count - 1; i >= 0 && !_work.IsExhausted; i--)
        {
            var rule = kept[i];
            if (!rule.IsAligned)
            {
                Forget(kept, i, rule.Cubes.TrueForAll(cube => IsRedundant(cube, i, kept.Count, at => kept[at].Covers(cube), at => kept[at].Cubes.Exists(cube.Overlaps), at => kept[at].Result)), rule.Cubes);
            }
        }

        var rules = _compiled.ToList();
        for (var i = _strays.Count - 1; i >= 0 && !_work.IsExhausted; i--)
        {
            var (at, cube) = (_strays[i], rules[_strays[i]].Packets);
            Forget(rules, at, !HasRival(rules, at) && IsRedundant(cube, at, rules.Count, other => rules[other].Packets.Covers(cube), other => rules[other].Packets.Overlaps(cube), other => rules[other].Result), [cube]);
        }
    }

    /// <summary>Whether another rule of the same rank may win over it.</summary>
    private static bool HasRival(List<ClassifierRule> rules, int at)
    {
        var rule = rules[at];
        bool Rivals(int other) => rules[other].Rank == rule.Rank && rules[other].Result != rule.Result && rules[other].Packets.Overlaps(rule.Packets);
        for (var other = at - 1; other >= 0 && rules[other].Rank == rule.Rank; other--)
        {
            if (Rivals(other))
            {
                return true;
            }
        }

        for (var other = at + 1; other < rules.Count && rules[other].Rank == rule.Rank; other++)
        {
            if (Rivals(other))
            {
                return true;
            }
        }

        return false;
    }

    private void Forget<T>(List<T> rules, int at, bool isRedundant, List<HeaderCube> cubes)
    {
        if (isRedundant)
        {
            rules.RemoveAt(at);
        }
        else
        {
            _leftOver.AddRange(cubes);
        }
    }

    /// <summary>Whether a rule's packets get the same result without it.</summary>
    private bool IsRedundant(HeaderCube cube, int at, int count, Func<int, bool> covers, Func<int, bool> overlaps, Func<int, int> resultOf)
    {
        _work.Count(count);
        for (var before = 0; before < at; before++)
        {
            if (covers(before))
            {
                return true;
            }
        }

        for (var behind = at + 1; behind < count && overlaps(behind) is var meets; behind++)
        {
            if (meets && resultOf(behind) != resultOf(at))
            {
                return false;
            }

            if (meets && covers(behind))
            {
                return true;
            }
        }

        // Nothing behind decides about all of its packets: only where no packet of this kind can come.
        return _measure.Of(cube).IsZero;
    }

    /// <summary>Looks for rules whose order changed, or is left open, although they contradict each other.</summary>
    private void CheckOrder()
    {
        var moved = Moved();
        for (var i = 0; i < moved.Count && !_work.IsExhausted && _leftOver.Count <= MostLeftOver; i++)
        {
            _work.Count(moved.Count - i);
            for (var j = i + 1; j < moved.Count; j++)
            {
                var (first, second) = (moved[i], moved[j]);
                var isOpen = second.FirstRank <= first.LastRank;
                if ((first.Result != second.Result || first.Rule.Result != second.Rule.Result)
                    && (isOpen || first.Rule.Index > second.Rule.Index)
                    && first.Rule.Overlaps(second.Rule))
                {
                    _leftOver.AddRange(first.Rule.Cubes.SelectMany(one => second.Rule.Cubes.Select(one.Intersect)).OfType<HeaderCube>());
                }
            }
        }
    }

    /// <summary>The aligned rules, in compiled order, that come behind a later one, before an earlier one, or in no certain order.</summary>
    private List<Aligned> Moved()
    {
        var smallestBehind = new int[_aligned.Count + 1];
        smallestBehind[_aligned.Count] = int.MaxValue;
        for (var i = _aligned.Count - 1; i >= 0; i--)
        {
            smallestBehind[i] = Math.Min(smallestBehind[i + 1], _aligned[i].Rule.Index);
        }

        List<Aligned> moved = [];
        var largestBefore = -1;
        for (var i = 0; i < _aligned.Count; i++)
        {
            var index = _aligned[i].Rule.Index;
            var isTied = (i > 0 && _aligned[i].FirstRank <= _aligned[i - 1].LastRank)
                || (i + 1 < _aligned.Count && _aligned[i + 1].FirstRank <= _aligned[i].LastRank);
            if (largestBefore > index || smallestBehind[i + 1] < index || isTied)
            {
                moved.Add(_aligned[i]);
            }

            largestBefore = Math.Max(largestBefore, index);
        }

        return moved;
    }

    /// <summary>A written rule and where its compiled rules stand.</summary>
    private readonly record struct Aligned(WrittenRule Rule, int FirstRank, int LastRank, int Result);
}
