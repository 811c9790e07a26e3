using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>What the switch does with packets that are about to enter a function by a port: ordered rules over one or more tables.</summary>
/// <param name="At">Function and port.</param>
/// <param name="Segments">Tables in order; a packet begins in the first. Empty: all packets pass.</param>
public sealed record StageProgram(GraphNode At, IReadOnlyList<StageSegment> Segments)
{
    /// <summary>Number of rules on the switch.</summary>
    public long RuleCount => Segments.Sum(segment => segment.Rules.Sum(rule => rule.Expanded.Count) + 1);
}

/// <summary>The rules of one table for one stage.</summary>
/// <param name="Table">Number of the table.</param>
/// <param name="Rules">Rules in order: the first that matches decides.</param>
/// <param name="Default">For packets that no rule matches.</param>
/// <param name="DefaultPurpose">What the default is for, in words.</param>
public sealed record StageSegment(byte Table, IReadOnlyList<StageRule> Rules, StageAction Default, string DefaultPurpose)
{
    /// <summary>Priority of the default on the switch, the lowest.</summary>
    public const ushort DefaultPriority = 1;

    private readonly RuleDepths? _depths;

    /// <summary>How deep the rules lie: what priorities follow from. Computed anew where it is not given.</summary>
    public RuleDepths Depths
    {
        get => _depths ?? RuleDepths.Of(Order(Rules));
        init => _depths = value;
    }

    /// <summary>Fingerprint of the rules with their priorities, whatever their order, of the default, and of what they all are for.</summary>
    public ContentHash Content
    {
        get
        {
            var depths = Depths;
            var sum = ContentHash.NoMembers;
            for (var i = 0; i < Rules.Count; i++)
            {
                sum += Number(Rules[i].Expanded.Content, Rules[i].Action).With((ulong)depths[i]).With(Rules[i].Purpose);
            }

            return Number(sum.With((ulong)Rules.Count), Default).With(DefaultPurpose);
        }
    }

    /// <summary>The rules as lists of rules are ordered: by match and by number of the action.</summary>
    internal static IReadOnlyList<OrderedRule> Order(IReadOnlyList<StageRule> rules)
    {
        var actions = new Dictionary<StageAction, int>();
        var ordered = new OrderedRule[rules.Count];
        for (var i = 0; i < rules.Count; i++)
        {
            if (!actions.TryGetValue(rules[i].Action, out var action))
            {
                // Not a running number: the same action has the same number in the list before and in the list after a change.
                actions[rules[i].Action] = action = Number(rules[i].Action, actions);
            }

            ordered[i] = new OrderedRule(rules[i].Match, action);
        }

        return ordered;
    }

    private static ContentHash Number(ContentHash hash, StageAction action) =>
        hash.With(((ulong)action.Table << 32) | (uint)action.Outcome).With(action.DropReason ?? "");

    private static int Number(StageAction action, Dictionary<StageAction, int> taken)
    {
        var number = (int)Number(ContentHash.Empty, action).A;
        while (taken.ContainsValue(number))
        {
            number++;
        }

        return number;
    }
}

/// <summary>A rule of a stage.</summary>
public sealed record StageRule(HeaderMatch Match, StageAction Action, string Purpose)
{
    private ExpandedMatch? _expanded;

    /// <summary>The match as the switch holds it.</summary>
    public ExpandedMatch Expanded
    {
        get => _expanded ??= new ExpandedMatch(Match);
        init => _expanded = value;
    }

    /// <summary>Rules are equal when they say the same; what was worked out about them does not count.</summary>
    public bool Equals(StageRule? other) =>
        other is not null && Match == other.Match && Action == other.Action && Purpose == other.Purpose;

    public override int GetHashCode() => HashCode.Combine(Match, Action, Purpose);
}

/// <summary>What a rule of a stage does: drop, go to another table of the stage, or pass.</summary>
public readonly record struct StageAction
{
    /// <summary>Table to go to; 0 for none.</summary>
    public byte Table { get; init; }

    /// <summary>Why packets are dropped; null when they are not.</summary>
    public string? DropReason { get; init; }

    /// <summary>The function's outcome that this is; -1 for none, or when the server will tell.</summary>
    public int Outcome { get; init; }

    /// <summary>Leaves the function to what comes behind it.</summary>
    public static StageAction Pass(int outcome) => new() { Outcome = outcome };

    public static StageAction Drop(string reason, int outcome) => new() { DropReason = reason, Outcome = outcome };

    public static StageAction Goto(byte table) => new() { Table = table, Outcome = -1 };

    public bool IsDrop => DropReason is not null;

    public bool IsGoto => Table != 0;

    public bool IsPass => !IsDrop && !IsGoto;
}

/// <summary>What fits on a switch.</summary>
/// <param name="MaximumAlternatives">Most rules for one written rule before its negations get a table of their own.</param>
/// <param name="MaximumStageRules">Most rules of a stage; beyond, the function stays on the server.</param>
public sealed record OffloadLimits(int MaximumAlternatives = 64, int MaximumStageRules = 32768)
{
    public static OffloadLimits Default { get; } = new();
}
