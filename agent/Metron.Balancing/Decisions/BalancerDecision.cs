namespace Metron.Balancing;

/// <summary>What a tick saw and decided, and, one tick later, what came of it.</summary>
/// <param name="Number">Number of the tick, from 1.</param>
/// <param name="Sample">What was measured.</param>
/// <param name="Workers">The workers with their smoothed base loads and with the states that scaling gave them.</param>
/// <param name="WorkerLoads">Smoothed load of each worker in nominal cores, before the moves.</param>
/// <param name="Scaling">What was decided about the number of workers.</param>
/// <param name="Parked">Workers that own nothing any more and may be parked.</param>
/// <param name="Plan">What the moves do.</param>
/// <param name="Moves">The moves.</param>
/// <param name="Elephants">Flow groups that alone fill a worker: the controller should divide their traffic class.</param>
/// <param name="Alternatives">What else was looked at.</param>
/// <param name="IntervalSeconds">When the next tick is due.</param>
/// <param name="Outcome">What came of it; null until the next tick.</param>
public sealed record BalancerDecision(
    long Number,
    LoadSample Sample,
    BalanceWorker[] Workers,
    double[] WorkerLoads,
    ScalingDecision Scaling,
    int[] Parked,
    BalanceSummary Plan,
    FlowGroupMove[] Moves,
    ushort[] Elephants,
    Alternative[] Alternatives,
    double IntervalSeconds,
    Outcome? Outcome);

/// <summary>Something that could have been decided.</summary>
/// <param name="Name">What: "stay", "plan", "half the moves", "one worker less", "one worker more".</param>
/// <param name="Imbalance">Squared imbalance expected; NaN where only utilisation was looked at.</param>
/// <param name="Moves">Moves that it takes.</param>
/// <param name="Utilisation">Highest load / capacity of a worker expected; for a number of workers, of all together.</param>
public sealed record Alternative(string Name, double Imbalance, int Moves, double Utilisation);

/// <summary>What came of a decision.</summary>
/// <param name="Predicted">Squared imbalance expected of the moves, from smoothed loads.</param>
/// <param name="Measured">Squared imbalance in the interval after, not smoothed.</param>
/// <param name="NotMoved">Moves that had not happened by then: failed, or still under way.</param>
public sealed record Outcome(double Predicted, double Measured, int NotMoved);
