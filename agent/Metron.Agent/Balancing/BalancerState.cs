using System.Collections.Immutable;
using Metron.Balancing;

namespace Metron.Agent.Balancing;

/// <summary>What the balancer knows and has done, as others read it. Replaced as a whole after each tick.</summary>
internal sealed record BalancerState
{
    /// <summary>Decisions that are kept for reports.</summary>
    public const int KeptDecisions = 32;

    /// <summary>Number of ticks.</summary>
    public ulong Ticks { get; init; }

    /// <summary>Worker of each flow group.</summary>
    public ImmutableArray<ushort> Owners { get; init; } = [];

    /// <summary>Smoothed load of each flow group in cores.</summary>
    public ImmutableArray<double> GroupLoads { get; init; } = [];

    /// <summary>The workers.</summary>
    public ImmutableArray<WorkerView> Workers { get; init; } = [];

    /// <summary>Squared imbalance of the workers in use.</summary>
    public double SquaredImbalance { get; init; }

    /// <summary>Flow groups that alone fill a worker.</summary>
    public ImmutableArray<ushort> Elephants { get; init; } = [];

    /// <summary>Flow groups moved so far.</summary>
    public ulong Moves { get; init; }

    /// <summary>Moves given up so far.</summary>
    public ulong CancelledMoves { get; init; }

    /// <summary>Longest of the moves since the last <see cref="BalancingLoop.TakeState"/>.</summary>
    public TimeSpan LongestMove { get; init; }

    /// <summary>The latest decisions, newest first.</summary>
    public ImmutableList<DecisionView> Decisions { get; init; } = [];
}

/// <summary>A worker, as the balancer sees it.</summary>
/// <param name="State">What it may do.</param>
/// <param name="Load">Smoothed load as share of its capacity.</param>
/// <param name="QueueFill">How full its RX queue is: 0 to 1.</param>
internal sealed record WorkerView(WorkerState State, double Load, double QueueFill);

/// <summary>A decision and what was done.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Time">When.</param>
/// <param name="Outcome">What was done: "moved", "suggested", "nothing to do", "2 of 3 cancelled: …".</param>
internal sealed record DecisionView(BalancerDecision Decision, DateTimeOffset Time, string Outcome);
