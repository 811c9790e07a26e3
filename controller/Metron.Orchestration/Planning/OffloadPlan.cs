using System.Text.Json.Serialization;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>How much of a chain a switch has that cannot have everything, and how its tables are used.</summary>
public sealed record OffloadPlan
{
    /// <summary>Functions that stay on the server although they could be the switch's.</summary>
    public IReadOnlyList<PlannedCut> Cuts { get; init; } = [];

    /// <summary>What was decided besides, and why, for humans: other tags than configured, updates that are not atomic.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Limits that the plan was made within, by table.</summary>
    public IReadOnlyList<TableLimit> Limits { get; init; } = [];

    /// <summary>Which tables have what, in words.</summary>
    public string Layout { get; init; } = "";

    /// <summary>Which of the two ranges of priorities the rules have that stand for several; see docs/switches.md.</summary>
    public bool UpperRange { get; init; }

    /// <summary>Whether it only makes room: once the rules of the plan before are gone, the chain is planned again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsInterim { get; init; }

    /// <summary>Why functions stay on the server and what else was decided, in sentences.</summary>
    [JsonIgnore]
    public IEnumerable<string> Reasons => Cuts.Select(cut => cut.Reason).Concat(Notes);

    /// <summary>The cuts as compilation takes them.</summary>
    [JsonIgnore]
    internal IReadOnlyList<SwitchCut> SwitchCuts =>
        [.. Cuts.Select(cut => new SwitchCut(cut.Endpoint, GraphNode.OfFunction(cut.At.Function, cut.At.Port), cut.Kept))];

    /// <summary>The limits as drivers take them.</summary>
    [JsonIgnore]
    internal TableBudget Budget => new()
    {
        Used = Limits.Where(limit => limit.Used > 0).ToDictionary(limit => limit.Table, limit => limit.Used),
        Learnt = Limits.Where(limit => limit.Learnt is not null).ToDictionary(limit => limit.Table, limit => limit.Learnt!.Value),
        UpperRange = UpperRange,
    };
}

/// <summary>A function that stays on the server although it could be the switch's.</summary>
/// <param name="Endpoint">For packets that entered here.</param>
/// <param name="At">The function, and the port that they enter it by.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record PlannedCut(int Endpoint, FunctionPort At, string Reason)
{
    /// <summary>Its rules that the switch has all the same, by their numbers in the switch's first table for it, ascending.</summary>
    public IReadOnlyList<int> Kept { get; init; } = [];
}

/// <summary>What of a table was not free.</summary>
/// <param name="Table">Number of the table.</param>
/// <param name="Used">Rules of others.</param>
/// <param name="Learnt">Rules that it was found to hold in all; null where only its profile says.</param>
public sealed record TableLimit(byte Table, int Used, int? Learnt);
