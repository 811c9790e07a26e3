namespace Metron.Balancing;

/// <summary>
/// Counters of workers and flow groups at one moment; they only grow, and start anew when who counts does. Made once and filled again for each tick.
/// </summary>
/// <param name="groups">Number of flow groups.</param>
/// <param name="workers">Number of workers.</param>
public sealed class LoadMeasurement(int groups, int workers)
{
    /// <summary>Cycles (or any unit of time) of polls that found packets, per worker.</summary>
    public ulong[] UsefulCycles { get; } = new ulong[workers];

    /// <summary>All cycles, per worker; where it has not grown there is no sample.</summary>
    public ulong[] AllCycles { get; } = new ulong[workers];

    /// <summary>Cycles spent on what no flow group causes, per worker: other chains, other processes.</summary>
    public ulong[] OtherCycles { get; } = new ulong[workers];

    /// <summary>How full the receive queue is, per worker: 0 to 1; NaN if not known.</summary>
    public double[] QueueFill { get; } = new double[workers];

    /// <summary>How each worker is.</summary>
    public WorkerHealth[] Health { get; } = new WorkerHealth[workers];

    /// <summary>Packets, per flow group.</summary>
    public ulong[] Packets { get; } = new ulong[groups];

    /// <summary>Packets whose cycles were counted, per flow group; 0 where nothing is sampled.</summary>
    public ulong[] SampledPackets { get; } = new ulong[groups];

    /// <summary>Cycles of <see cref="SampledPackets"/>, per flow group.</summary>
    public ulong[] SampledCycles { get; } = new ulong[groups];

    /// <summary>Worker that owns each flow group.</summary>
    public ushort[] Owners { get; } = new ushort[groups];

    /// <summary>Latency to hold against <see cref="ScalingSettings.LatencyMicroseconds"/>; NaN if not measured.</summary>
    public double LatencyMicroseconds { get; set; } = double.NaN;

    /// <summary>Enters a CPU whose packets the kernel handles, from its times in /proc/stat (proc_stat(5)), in any unit.</summary>
    /// <param name="worker">Worker that stands for the CPU.</param>
    /// <param name="softirq">Time in soft interrupts: what flow groups cause.</param>
    /// <param name="busy">All time that is neither idle nor iowait, soft interrupts among it.</param>
    /// <param name="all">All time.</param>
    public void SetCpu(int worker, ulong softirq, ulong busy, ulong all)
    {
        UsefulCycles[worker] = softirq;
        OtherCycles[worker] = busy - Math.Min(softirq, busy);
        AllCycles[worker] = all;
        QueueFill[worker] = double.NaN;
    }
}
