namespace Metron.Balancing.Simulation;

/// <summary>How the rate of all traffic changes with time.</summary>
public enum TrafficKind
{
    /// <summary>It does not.</summary>
    Steady,

    /// <summary>A sine between <see cref="TrafficModel.LowestShare"/> of its peak and the peak.</summary>
    Sine,

    /// <summary>A day with a low before dawn, a forenoon and a higher evening, in <see cref="TrafficModel.PeriodSeconds"/>.</summary>
    Diurnal,

    /// <summary>The mean does not change, but each flow sends and is silent in turns.</summary>
    Burst,

    /// <summary>The mean does not change, but flows are short.</summary>
    Churn,
}

/// <summary>
/// The traffic. A fixed number of flows is active at any time; the load that each makes goes by its rank (Zipf); how long it lasts is heavy-tailed
/// (Pareto), and so is its size. When a flow ends, another one of the same rank begins, in another flow group. Packets come in trains of one flow;
/// trains arrive at random (Poisson).
/// </summary>
public sealed record TrafficModel
{
    /// <summary>How the rate changes.</summary>
    public TrafficKind Kind { get; init; } = TrafficKind.Steady;

    /// <summary>Flows that are active at a time. 1 to 10,000,000.</summary>
    public int Flows { get; init; } = 50_000;

    /// <summary>Exponent of the flows' loads by rank: 0 is equal, 1 and above are heavy-tailed. 0 to 3.</summary>
    public double ZipfExponent { get; init; } = 1;

    /// <summary>Mean lifetime of a flow, in seconds of virtual time.</summary>
    public double LifetimeSeconds { get; init; } = 20;

    /// <summary>Shape of the distribution of lifetimes (Pareto), above 1; the lower, the heavier the tail.</summary>
    public double LifetimeShape { get; init; } = 1.3;

    /// <summary>Mean number of packets in a train (geometric). 1 or more.</summary>
    public double TrainPackets { get; init; } = 4;

    /// <summary>Period of <see cref="TrafficKind.Sine"/> and <see cref="TrafficKind.Diurnal"/>, in seconds.</summary>
    public double PeriodSeconds { get; init; } = 20;

    /// <summary>Lowest rate of these two as a share of the highest, 0 to 1.</summary>
    public double LowestShare { get; init; } = 0.1;

    /// <summary>Mean time for which a flow of <see cref="TrafficKind.Burst"/> sends, in seconds (Pareto, shape 1.5); it is silent for as long.</summary>
    public double BurstSeconds { get; init; } = 0.2;
}
