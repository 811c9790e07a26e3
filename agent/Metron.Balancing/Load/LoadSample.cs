namespace Metron.Balancing;

/// <summary>Load in one interval, not smoothed.</summary>
/// <param name="Seconds">Length of the interval.</param>
/// <param name="Groups">Load per flow group in nominal cores.</param>
/// <param name="Bases">Load per worker in nominal cores that no flow group causes.</param>
/// <param name="Owners">Worker that owns each flow group.</param>
/// <param name="Health">How each worker is.</param>
/// <param name="LatencyMicroseconds">Latency in the interval; NaN if not measured.</param>
public sealed record LoadSample(
    double Seconds, double[] Groups, double[] Bases, ushort[] Owners, WorkerHealth[] Health, double LatencyMicroseconds)
{
    /// <summary>Fewest workers that are asked for now; 0: what <see cref="ScalingSettings.Minimum"/> says.</summary>
    public int MinimumWorkers { get; init; }

    /// <summary>Most workers that are allowed now; 0: what <see cref="ScalingSettings.Maximum"/> says.</summary>
    public int MaximumWorkers { get; init; }

    /// <summary>Load per worker: what is its own and its flow groups'.</summary>
    public double[] WorkerLoads()
    {
        var loads = (double[])Bases.Clone();
        for (var group = 0; group < Groups.Length; group++)
        {
            loads[Owners[group]] += Groups[group];
        }

        return loads;
    }
}
