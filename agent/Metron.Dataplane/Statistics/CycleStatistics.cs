namespace Metron.Dataplane;

/// <summary>What a worker does with a burst, in the order in which it does it.</summary>
public enum CycleStage
{
    /// <summary>Taking mbufs from the RX queue, or from a closed program.</summary>
    Receive,

    /// <summary>Reading tags and flow keys.</summary>
    Classify,

    /// <summary>Finding flow entries, and having the state that functions will need brought into the cache.</summary>
    Lookup,

    /// <summary>Rewriting by flow entries.</summary>
    Rewrite,

    /// <summary>Parsing packets that functions are asked about, writing changes back, making flow entries; without the functions.</summary>
    SlowPath,

    /// <summary>Carrying packets on behind functions that change frames; without the functions.</summary>
    Segments,

    /// <summary>Giving mbufs to the TX queue and to closed programs, making copies leave, freeing.</summary>
    Transmit,

    /// <summary>Commands, ageing, counters.</summary>
    Housekeeping,
}

/// <summary>How packets came to a function.</summary>
public enum FunctionPath
{
    /// <summary>It was asked what becomes of the packet, which had no flow entry.</summary>
    Asked,

    /// <summary>It works on each packet of an established flow.</summary>
    Established,

    /// <summary>It was shown the frame, which it may change.</summary>
    Frame,
}

/// <summary>What sampling found on a worker, since its start: of the polls that found packets, some were measured from begin to end.</summary>
/// <param name="Interval">One of how many such polls is measured, on average; 0: none is.</param>
/// <param name="Polls">Polls that were measured.</param>
/// <param name="Stages">What their cycles went to, functions left out. Stages without packets and cycles are left out.</param>
/// <param name="Latencies">
/// Time of packets from the beginning of the poll that received them until the TX queue had taken them: without what they waited in the NIC or in the
/// RX queue. Packets that were dropped, or given to a closed program, are not counted.
/// </param>
public sealed record SampleStatistics(int Interval, ulong Polls, IReadOnlyList<StageCycles> Stages, DurationCounts Latencies)
{
    /// <summary>Nothing was measured.</summary>
    public static SampleStatistics None { get; } = new(0, 0, [], DurationCounts.None);
}

/// <summary>What a stage took in the polls that were measured.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Packets">Packets that passed it; 0 for housekeeping.</param>
/// <param name="Cycles">Cycles (see <see cref="DataplaneOptions.TscHertz"/>), less what measuring took.</param>
public sealed record StageCycles(CycleStage Stage, ulong Packets, ulong Cycles);

/// <summary>What a function took on a worker in the polls that were measured.</summary>
/// <param name="Path">How the packets came to it.</param>
/// <param name="Packets">Packets.</param>
/// <param name="Cycles">Cycles (see <see cref="DataplaneOptions.TscHertz"/>), less what measuring took.</param>
public sealed record FunctionCycles(FunctionPath Path, ulong Packets, ulong Cycles);

/// <summary>How long the packets of a program took on a worker; see <see cref="SampleStatistics.Latencies"/>.</summary>
/// <param name="Worker">Index of the worker; 0 for the sum of all, where flow groups move.</param>
/// <param name="Latencies">Times since the deployment of the program.</param>
public sealed record ProgramLatencies(int Worker, DurationCounts Latencies);
