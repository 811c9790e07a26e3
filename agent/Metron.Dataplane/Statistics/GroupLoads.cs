namespace Metron.Dataplane;

/// <summary>What a balancer needs to know, at a moment. Counts only grow: load is the difference of two readings.</summary>
/// <param name="Timestamp"><see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> at the moment.</param>
/// <param name="Groups">Per flow group, by number.</param>
/// <param name="Workers">Per worker, by index.</param>
public sealed record GroupLoads(long Timestamp, IReadOnlyList<GroupLoad> Groups, IReadOnlyList<WorkerLoad> Workers);

/// <summary>What a flow group has had to do.</summary>
/// <param name="Group">Number of the group.</param>
/// <param name="Worker">Index of the worker that owns it; -1 for none.</param>
/// <param name="Packets">Packets of the group, on all of its owners.</param>
/// <param name="SampledPackets">Those of them in bursts that were measured (<see cref="DataplaneOptions.SampleInterval"/>).</param>
/// <param name="SampledCycles">Cycles that those took, with their share of what their bursts took.</param>
public sealed record GroupLoad(int Group, int Worker, ulong Packets, ulong SampledPackets, ulong SampledCycles)
{
    /// <summary>Cycles that the group took since an earlier reading: its packets times cycles per packet, as far as they are known.</summary>
    /// <param name="earlier">The earlier reading; null: since the start.</param>
    /// <param name="otherwise">Cycles per packet where none of the group's was measured in between.</param>
    public double CyclesSince(GroupLoad? earlier, double otherwise)
    {
        var sampled = SampledPackets - (earlier?.SampledPackets ?? 0);
        var perPacket = sampled == 0 ? otherwise : (SampledCycles - (earlier?.SampledCycles ?? 0)) / (double)sampled;
        return (Packets - (earlier?.Packets ?? 0)) * perPacket;
    }
}

/// <summary>What a worker has had to do.</summary>
/// <param name="Worker">Index of the worker.</param>
/// <param name="BusyCycles">Cycles of polls that found packets: useful ones.</param>
/// <param name="IdleCycles">All other cycles, sleep and parking included.</param>
/// <param name="Received">Packets received.</param>
/// <param name="Polls">Polls.</param>
/// <param name="BusyPolls">Polls that found packets.</param>
/// <param name="FullPolls">Polls that found as many as they could take: the queue fills up.</param>
/// <param name="IsParked">Whether it does not poll, since it has no flow group.</param>
/// <param name="IsDead">Whether it has died.</param>
public sealed record WorkerLoad(
    int Worker, ulong BusyCycles, ulong IdleCycles, ulong Received, ulong Polls, ulong BusyPolls, ulong FullPolls, bool IsParked, bool IsDead)
{
    /// <summary>Times that it was woken after it had parked.</summary>
    public ulong Wakes { get; init; }

    /// <summary>From the command that woke it to its first turn, on average and at worst, in microseconds.</summary>
    public (double Average, double Longest) WakeMicroseconds { get; init; }

    /// <summary>How full the queue was when it was polled, since an earlier reading: 0 (empty) to 1 (each poll left something behind).</summary>
    public double QueueFillSince(WorkerLoad? earlier)
    {
        var polls = BusyPolls - (earlier?.BusyPolls ?? 0);
        return polls == 0 ? 0 : (FullPolls - (earlier?.FullPolls ?? 0)) / (double)polls;
    }
}
