namespace Metron.Balancing.Simulation.Policies;

/// <summary>Decides which core handles which flow group. Pure: it knows only what it is told.</summary>
public interface IGroupPolicy
{
    /// <summary>Number of cores in use.</summary>
    int ActiveCores { get; }

    /// <summary>Seconds until the next tick; infinite when there is none.</summary>
    double IntervalSeconds { get; }

    /// <summary>Deals out the groups at first.</summary>
    /// <param name="owners">To be filled: the core of each group.</param>
    void Begin(Span<int> owners);

    /// <summary>Whether a core is in use.</summary>
    bool IsActive(int core);

    /// <summary>Decides once.</summary>
    /// <param name="readings">What was measured since the last tick.</param>
    /// <param name="owners">The core of each group; to be changed where groups are to move.</param>
    void Tick(in TickReadings readings, Span<int> owners);
}

/// <summary>What a policy may know.</summary>
public readonly ref struct TickReadings
{
    /// <summary>Virtual time, in seconds.</summary>
    public double Now { get; init; }

    /// <summary>Seconds since the last tick.</summary>
    public double Seconds { get; init; }

    /// <summary>Share of the time for which each core handled packets, 0 to 1.</summary>
    public ReadOnlySpan<double> CoreLoads { get; init; }

    /// <summary>How full each core's queue is now, 0 to 1.</summary>
    public ReadOnlySpan<double> QueueFill { get; init; }

    /// <summary>Packets of each group that its core took.</summary>
    public ReadOnlySpan<long> GroupPackets { get; init; }

    /// <summary>Packets of each group whose cycles were counted: about one of 256.</summary>
    public ReadOnlySpan<long> SampledPackets { get; init; }

    /// <summary>Cycles that they took.</summary>
    public ReadOnlySpan<double> SampledCycles { get; init; }

    /// <summary>Packets of each group that were dropped since its core's queue was full.</summary>
    public ReadOnlySpan<long> GroupDrops { get; init; }
}
