using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>What the switch does with packets that are about to enter a function by a port: ordered rules over one or more tables.</summary>
/// <param name="At">Function and port.</param>
/// <param name="Segments">Tables in order; a packet begins in the first. Empty: all packets pass.</param>
public sealed record StageProgram(GraphNode At, IReadOnlyList<StageSegment> Segments)
{
    /// <summary>Number of rules on the switch.</summary>
    public long RuleCount => Segments.Sum(segment => segment.Rules.Sum(rule => MatchExpansion.Count(rule.Match)) + 1);
}

/// <summary>The rules of one table for one stage.</summary>
/// <param name="Table">Number of the table.</param>
/// <param name="Rules">Rules in order.</param>
/// <param name="Default">For packets that no rule matches.</param>
/// <param name="DefaultPurpose">What the default is for, in words.</param>
public sealed record StageSegment(byte Table, IReadOnlyList<StageRule> Rules, StageAction Default, string DefaultPurpose);

/// <summary>A rule of a stage.</summary>
public sealed record StageRule(HeaderMatch Match, StageAction Action, string Purpose);

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
