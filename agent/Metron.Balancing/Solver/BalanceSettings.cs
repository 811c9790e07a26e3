namespace Metron.Balancing;

/// <summary>How the solver weighs balance against moves. Imbalances are shares of a worker's capacity.</summary>
public sealed record BalanceSettings
{
    /// <summary>The defaults.</summary>
    public static BalanceSettings Default { get; } = new();

    /// <summary>Hysteresis: nothing moves while every worker is within this share of its aim. 0 to 1. RSS++ uses 0.02.</summary>
    public double Threshold { get; init; } = 0.02;

    /// <summary>Once it moves, workers are brought this close to their aims (root mean square over the workers). 0 to <see cref="Threshold"/>.</summary>
    public double Precision { get; init; } = 0.0075;

    /// <summary>
    /// Share of the squared imbalance above what is aimed at that may be left, where that is more than <see cref="Precision"/> leaves: far out of balance, loads are
    /// not known well, and the next tick sees them better. 0 to 1.
    /// </summary>
    public double Coarseness { get; init; } = 0.02;

    /// <summary>Squared imbalance that a move must win to be worth it. 0 or more.</summary>
    public double MoveCost { get; init; } = 0.00001;

    /// <summary>The same for each nominal core of load that moves: a busy flow group has more state, and more packets wait for it. 0 or more.</summary>
    public double MovedLoadCost { get; init; } = 0.00001;

    /// <summary>The same for a move to another NUMA node, which leaves the flow group's memory behind. 0 or more.</summary>
    public double NodeCost { get; init; } = 0.001;

    /// <summary>A flow group above this share of its worker's capacity is an elephant: more than 0.</summary>
    public double ElephantShare { get; init; } = 0.9;

    /// <summary>Most moves in a plan; draining workers are emptied even so. 0 or more.</summary>
    public int MaximumMoves { get; init; } = int.MaxValue;

    /// <summary>Search effort, in comparisons; bounds the time (about 1.5 ns each) and keeps it deterministic. 1 or more.</summary>
    public int SearchSteps { get; init; } = 60_000;
}
