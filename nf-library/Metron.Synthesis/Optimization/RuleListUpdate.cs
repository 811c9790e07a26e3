namespace Metron.Synthesis;

/// <summary>
/// What is still true of a list of rules after a few of them came, went or changed. A rule that has a witness is needed for as long as no
/// new rule matches that packet and the rule that would decide it otherwise is there; nearly every rule has one, so an edit leaves few to look into.
/// </summary>
internal sealed class RuleListUpdate
{
    /// <summary>Beyond so many rules that came or went, the list is looked into anew.</summary>
    private const int MostChanges = 64;

    private readonly RuleListMemory _before;
    private readonly IReadOnlyList<ListedRule> _rules;
    private readonly int[] _origins;
    private readonly int[] _places;
    private readonly List<int> _added = [];
    private readonly List<int> _removed = [];

    private RuleListUpdate(RuleListMemory before, IReadOnlyList<ListedRule> rules)
    {
        (_before, _rules) = (before, rules);
        _origins = ListAlignment.Of(rules, before.Rules, SameRule.Instance);
        _places = ListAlignment.Inverse(_origins, before.Rules.Count);
        (Notes, LookAgain) = (new RuleNote[rules.Count], new bool[rules.Count]);
        AddAbsent(_origins, _added);
        AddAbsent(_places, _removed);
    }

    /// <summary>What is known by rule; nothing for those to look into.</summary>
    public RuleNote[] Notes { get; }

    /// <summary>The rules to look into.</summary>
    public bool[] LookAgain { get; }

    /// <summary>What is still true; null when the whole list has to be looked into.</summary>
    public static RuleListUpdate? Of(RuleListMemory? before, IReadOnlyList<ListedRule> rules, int defaultDecision, RuleListLimits limits, int[] sides)
    {
        if (before is null || before.DefaultDecision != defaultDecision || before.Limits != limits || !before.SidesToTell.AsSpan().SequenceEqual(sides))
        {
            return null;
        }

        var update = new RuleListUpdate(before, rules);
        if (update._added.Count + update._removed.Count > MostChanges)
        {
            return null;
        }

        update.Recall();
        return update;
    }

    /// <summary>Whether the rule was there before and is left out now, or the other way round.</summary>
    public bool HasFlipped(int rule, bool isNeedless) => _origins[rule] >= 0 && _before.Notes[_origins[rule]].Needless is not null != isNeedless;

    private static void AddAbsent(int[] counterparts, List<int> absent)
    {
        for (var i = 0; i < counterparts.Length; i++)
        {
            if (counterparts[i] < 0)
            {
                absent.Add(i);
            }
        }
    }

    private void Recall()
    {
        for (var rule = 0; rule < _rules.Count; rule++)
        {
            var origin = _origins[rule];
            if (origin < 0 || IsChanged(rule, _before.Notes[origin]))
            {
                LookAgain[rule] = true;
            }
            else
            {
                Notes[rule] = Moved(_before.Notes[origin], rule);
            }
        }
    }

    private bool IsChanged(int rule, in RuleNote note)
    {
        foreach (var removed in _removed)
        {
            if (note.IsNeeded ? note.Behind == removed : ChangesSearch(rule, note, _before.Rules[removed], removed - _origins[rule], removed > note.Reach, false))
            {
                return true;
            }
        }

        foreach (var added in _added)
        {
            var other = _rules[added];
            if (note.IsNeeded
                ? (other.Sides & note.WitnessSides) != 0 && other.Packets.Contains(note.Witness)
                : ChangesSearch(rule, note, other, added - rule, IsBeyond(added, note.Reach), true))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsBeyond(int added, int reach) => reach >= 0 && reach < _places.Length && added > _places[reach];

    /// <summary>Whether a rule that came or went may have changed what a search found.</summary>
    /// <param name="rule">The rule that was looked into; it has no witness.</param>
    /// <param name="note">What was found.</param>
    /// <param name="other">The rule that came or went.</param>
    /// <param name="distance">Its place, from the rule's.</param>
    /// <param name="isBeyond">Whether that is behind all that the search for redundancy came to.</param>
    /// <param name="isAdded">Whether it came.</param>
    private bool ChangesSearch(int rule, in RuleNote note, in ListedRule other, int distance, bool isBeyond, bool isAdded)
    {
        var packets = _rules[rule].Packets;
        if ((_rules[rule].Sides & other.Sides) == 0)
        {
            return false;
        }

        return note.Needless?.Kind switch
        {
            NeedlessRuleKind.Empty => false,
            NeedlessRuleKind.Shadowed when note.IsCoveredSingly => distance < 0 && CoversOne(other.Packets, packets),
            NeedlessRuleKind.Shadowed => distance < 0 && other.Packets.Overlaps(packets),

            // What comes before a redundant rule may shadow it; what goes there matters only if it was taken into account.
            NeedlessRuleKind.Redundant when distance < 0 => (isAdded || note.IsBehindEarlier || note.IsShadowOpen) && other.Packets.Overlaps(packets),
            NeedlessRuleKind.Redundant => !isBeyond && other.Packets.Overlaps(packets),
            _ => other.Packets.Overlaps(packets),
        };
    }

    private static bool CoversOne(HeaderSpace other, HeaderSpace packets)
    {
        foreach (var cube in other.Cubes)
        {
            foreach (var covered in packets.Cubes)
            {
                if (cube.Covers(covered))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A note with the rules' places of now.</summary>
    private RuleNote Moved(RuleNote note, int rule)
    {
        note.Behind = note is { IsNeeded: true, Behind: >= 0 } ? _places[note.Behind] : -1;
        note.Reach = note.Reach >= 0 && note.Reach < _places.Length ? _places[note.Reach] : note.Reach;
        if (note.Needless is { } needless && (needless.Rule != rule || needless.Others.Any(other => other >= 0 && _places[other] != other)))
        {
            note.Needless = needless with { Rule = rule, Others = [.. needless.Others.Select(other => other < 0 ? other : _places[other])] };
        }

        return note;
    }

    /// <summary>Rules are the same when they have the same packets as an object: whoever keeps rules of before keeps these.</summary>
    private sealed class SameRule : IEqualityComparer<ListedRule>
    {
        public static SameRule Instance { get; } = new();

        public bool Equals(ListedRule x, ListedRule y) => ReferenceEquals(x.Packets, y.Packets) && x.Decision == y.Decision && x.Sides == y.Sides;

        public int GetHashCode(ListedRule obj) => HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(obj.Packets), obj.Decision, obj.Sides);
    }
}
