using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Rules for a certain switch, or why there are none.</summary>
/// <param name="Rules">The rules; none when there are problems.</param>
/// <param name="Problems">What the switch lacks for them, by the rules that need it; the first is the most telling.</param>
public sealed record LoweredRules(IReadOnlyList<SwitchRule> Rules, IReadOnlyList<LoweringProblem> Problems)
{
    /// <summary>Whether the switch takes the rules.</summary>
    public bool IsComplete => Problems.Count == 0;

    /// <summary>In words, how the tables are used: "table 0: entrance, stages", "as they are".</summary>
    public string Layout { get; init; } = "as they are";
}

/// <summary>Why rules do not go to a switch.</summary>
/// <param name="Kind">Of which kind the reason is.</param>
/// <param name="Table">Table of the rule as <see cref="ChainRules"/> writes it.</param>
/// <param name="Position">Its position; 0 in table 0, or when it is about no position in particular.</param>
/// <param name="Rule">The rule, as <see cref="ChainRules"/> writes it; null when it is about none in particular.</param>
/// <param name="Message">In words, for humans.</param>
public sealed record LoweringProblem(LoweringProblemKind Kind, byte Table, ulong Position, SwitchRule? Rule, string Message)
{
    /// <summary>The action that is missing; null where it is about something else.</summary>
    public OpenFlowAction? Action { get; init; }

    public override string ToString() => Message;
}

/// <summary>Of which kind a reason is.</summary>
public enum LoweringProblemKind
{
    /// <summary>No table matches a field that a rule needs.</summary>
    FieldMissing,

    /// <summary>A field takes no such mask, and values in its place would be too many.</summary>
    MaskMissing,

    /// <summary>No table carries out an action that a rule needs.</summary>
    ActionMissing,

    /// <summary>More rules than a table has room for.</summary>
    TooManyRules,

    /// <summary>The tables cannot be put together so that packets pass what they must.</summary>
    NoLayout,

    /// <summary>A rule says something that drivers do not know.</summary>
    NotUnderstood,
}

/// <summary>How much of a switch a chain may take.</summary>
public sealed record TableBudget
{
    /// <summary>No limits but those of the profile.</summary>
    public static TableBudget Full { get; } = new();

    /// <summary>Rules of others, by table.</summary>
    public IReadOnlyDictionary<byte, int> Used { get; init; } = new Dictionary<byte, int>();

    /// <summary>What the switch was found to take in all, by table: less than its profile says where it refused a rule.</summary>
    public IReadOnlyDictionary<byte, int> Learnt { get; init; } = new Dictionary<byte, int>();

    /// <summary>Whether rules that replace others at once get the other of the two ranges of priorities; see docs/switches.md.</summary>
    public bool UpperRange { get; init; }

    /// <summary>Rules that a table still takes; null for no known limit.</summary>
    public int? FreeIn(TableProfile table)
    {
        ArgumentNullException.ThrowIfNull(table);
        int? capacity = Learnt.TryGetValue(table.Number, out var learnt) ? Math.Min(learnt, table.Capacity ?? int.MaxValue) : table.Capacity;
        return capacity is { } rules ? Math.Max(0, rules - Used.GetValueOrDefault(table.Number)) : null;
    }
}
