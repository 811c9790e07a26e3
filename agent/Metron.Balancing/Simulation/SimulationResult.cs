namespace Metron.Balancing.Simulation;

/// <summary>What one policy made of a scenario. Everything but <see cref="Samples"/> is counted from the end of the warm-up.</summary>
public sealed record SimulationResult
{
    /// <summary>The policy; see <see cref="Simulator.Policies"/>.</summary>
    public required string Policy { get; init; }

    /// <summary>Packets that arrived.</summary>
    public required long Packets { get; init; }

    /// <summary>Packets dropped since a queue was full.</summary>
    public required long QueueDrops { get; init; }

    /// <summary>Packets dropped while their group was on its way to another core: too many, or for too long.</summary>
    public required long HandOverDrops { get; init; }

    /// <summary>Packets that left before an earlier packet of their flow.</summary>
    public required long Reordered { get; init; }

    /// <summary>Flow groups that changed their core.</summary>
    public required long Moves { get; init; }

    /// <summary>Latencies of the packets that left, from arrival to the end of their handling.</summary>
    public required LatencyHistogram Latencies { get; init; }

    /// <summary>Readings at equal distances.</summary>
    public required IReadOnlyList<SimulationSample> Samples { get; init; }

    /// <summary>Share of the packets that were dropped.</summary>
    public double DropRatio => Packets == 0 ? 0 : (double)(QueueDrops + HandOverDrops) / Packets;

    /// <summary>Mean number of cores in use.</summary>
    public double MeanCores => Mean(sample => sample.Cores);

    /// <summary>
    /// What a fluid would need: the mean over time of the offered load in cores, but one core at least. No policy that carries all of the load can use less.
    /// </summary>
    public double FluidCores => Mean(sample => Math.Max(1, sample.OfferedCores));

    /// <summary>Median over time of (highest − lowest) / lowest load of a core in use, in percent.</summary>
    public double ImbalancePercent => Median(sample => sample.ImbalancePercent);

    /// <summary>Mean over time of the squared imbalance: the sum over cores in use of (load − mean load)².</summary>
    public double SquaredImbalance => Mean(sample => sample.SquaredImbalance);

    /// <summary>A percentile of the latencies in microseconds.</summary>
    /// <param name="percent">0 to 100.</param>
    public double LatencyMicroseconds(double percent) => Latencies.Percentile(percent / 100) / 1000;

    private double Mean(Func<SimulationSample, double> value) => Samples.Where(sample => sample.IsMeasured).Select(value).DefaultIfEmpty().Average();

    private double Median(Func<SimulationSample, double> value)
    {
        var sorted = Samples.Where(sample => sample.IsMeasured).Select(value).Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }
}

/// <summary>A reading.</summary>
/// <param name="Seconds">When, in virtual time; the reading is of the time since the one before.</param>
/// <param name="IsMeasured">Whether it is behind the warm-up.</param>
/// <param name="OfferedCores">Load that was offered, in cores.</param>
/// <param name="Cores">Cores in use.</param>
/// <param name="ImbalancePercent">(highest − lowest) / lowest load of the cores that were in use all the time since the last reading, in percent; a lowest load below 0.01 counts as 0.01.</param>
/// <param name="SquaredImbalance">Sum over the same cores of (load − mean load)².</param>
/// <param name="HighestLoad">Highest load of them.</param>
public readonly record struct SimulationSample(
    double Seconds, bool IsMeasured, double OfferedCores, double Cores, double ImbalancePercent, double SquaredImbalance, double HighestLoad);
