namespace Metron.Bench.Dataplane;

/// <summary>What a contender did once. What it does not tell is 0.</summary>
/// <param name="Window">What it did in the measured window.</param>
internal sealed record Reading(Window Window)
{
    /// <summary>TSC frequency as DPDK measured it.</summary>
    public ulong TscHertz { get; init; }

    /// <summary>Bytes that the process allocated on the garbage-collected heap in the window.</summary>
    public double AllocatedBytes { get; init; }

    /// <summary>From the order to deploy a chain, in a process that has deployed none, to the first packet sent.</summary>
    public double DeployMilliseconds { get; init; }

    /// <summary>Flow entries at the end.</summary>
    public double FlowEntries { get; init; }

    /// <summary>Memory of the flow tables at the end.</summary>
    public double FlowBytes { get; init; }

    /// <summary>What each worker did in the window.</summary>
    public IReadOnlyList<WorkerReading> Workers { get; init; } = [];

    /// <summary>Packets in the window that walked the functions of their chain, of all.</summary>
    public double SlowPathShare => Workers.Sum(worker => worker.SlowPathPackets) / Math.Max(Workers.Sum(worker => worker.Packets), 1);
}

/// <summary>What one of several workers did in the window, by its own counters.</summary>
internal sealed record WorkerReading
{
    public double Packets { get; init; }

    public double SlowPathPackets { get; init; }

    /// <summary>Packets that came to it and belong to another.</summary>
    public double ForeignPackets { get; init; }

    /// <summary>CPU time of its thread.</summary>
    public double BusySeconds { get; init; }

    /// <summary>Instructions of its thread outside of the kernel; null when the machine does not count them.</summary>
    public double? Instructions { get; init; }

    /// <summary>Its misses of the last-level cache; null when the machine does not count them.</summary>
    public double? CacheMisses { get; init; }
}
