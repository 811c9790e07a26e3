using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane;

/// <summary>Counters of the dataplane at a moment. They count from the start of the dataplane (of a program: from its deployment).</summary>
/// <param name="Timestamp"><see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> at the moment.</param>
/// <param name="Workers">Per worker, by index.</param>
/// <param name="Programs">Per deployed program.</param>
public sealed record DataplaneStatistics(
    long Timestamp, IReadOnlyList<WorkerStatistics> Workers, IReadOnlyList<ProgramStatistics> Programs);

/// <summary>Packets and bytes of Ethernet frames, tag included, without FCS.</summary>
public readonly record struct PacketCount(ulong Packets, ulong Bytes)
{
    public static PacketCount operator +(PacketCount left, PacketCount right) => new(left.Packets + right.Packets, left.Bytes + right.Bytes);

    public static PacketCount operator -(PacketCount left, PacketCount right) => new(left.Packets - right.Packets, left.Bytes - right.Bytes);

    /// <summary>Both counts added.</summary>
    public static PacketCount Add(PacketCount left, PacketCount right) => left + right;

    /// <summary>The difference of both counts.</summary>
    public static PacketCount Subtract(PacketCount left, PacketCount right) => left - right;
}

/// <summary>Counters of a worker.</summary>
public sealed record WorkerStatistics
{
    /// <summary>Index of the worker.</summary>
    public required int Worker { get; init; }

    /// <summary>Packets that it received.</summary>
    public PacketCount Received { get; init; }

    /// <summary>Packets that it sent, re-tagged ones included.</summary>
    public PacketCount Sent { get; init; }

    /// <summary>Packets that it dropped, by reason; reasons without drops are left out.</summary>
    public required IReadOnlyDictionary<DropReason, ulong> Drops { get; init; }

    /// <summary>Cycles (see <see cref="DataplaneOptions.TscHertz"/>) of polls that found packets.</summary>
    public ulong BusyCycles { get; init; }

    /// <summary>Cycles of polls that found none, sleep included.</summary>
    public ulong IdleCycles { get; init; }

    /// <summary>Polls, and how many of them found packets.</summary>
    public ulong Polls { get; init; }

    /// <summary>Polls that found packets.</summary>
    public ulong BusyPolls { get; init; }

    /// <summary>Longest time between two polls since the reading of statistics before, in microseconds.</summary>
    public double MaximumPollGapMicroseconds { get; init; }

    /// <summary>All times between two polls, by their length.</summary>
    public DurationCounts PollGaps { get; init; } = DurationCounts.None;

    /// <summary>What cycles went to and how long packets took, of the polls that were measured.</summary>
    public SampleStatistics Samples { get; init; } = SampleStatistics.None;

    /// <summary>Packets that walked the functions of their chain.</summary>
    public ulong SlowPathPackets { get; init; }

    /// <summary>ICMP errors sent back to the switch with the tag of another worker.</summary>
    public ulong RetaggedPackets { get; init; }

    /// <summary>Flow entries in use.</summary>
    public ulong FlowEntries { get; init; }

    /// <summary>Flow entries made so far.</summary>
    public ulong FlowsCreated { get; init; }

    /// <summary>Flow entries that went because they were idle.</summary>
    public ulong FlowsExpired { get; init; }

    /// <summary>Flow entries that went to make room for others.</summary>
    public ulong FlowsEvicted { get; init; }

    /// <summary>Memory that the flow entries take, with index and dependencies, in bytes.</summary>
    public ulong FlowBytes { get; init; }

    /// <summary>Share of cycles spent on polls that found packets, 0-1, since an earlier reading; null: since the start.</summary>
    public double LoadSince(WorkerStatistics? earlier)
    {
        var busy = BusyCycles - (earlier?.BusyCycles ?? 0);
        var idle = IdleCycles - (earlier?.IdleCycles ?? 0);
        return busy + idle == 0 ? 0 : busy / (double)(busy + idle);
    }

    /// <summary>Average busy cycles per packet received since an earlier reading, 0 without packets; null: since the start.</summary>
    public double CyclesPerPacketSince(WorkerStatistics? earlier)
    {
        var packets = Received.Packets - (earlier?.Received.Packets ?? 0);
        return packets == 0 ? 0 : (BusyCycles - (earlier?.BusyCycles ?? 0)) / (double)packets;
    }
}

/// <summary>Counters of a program.</summary>
/// <param name="Chain">Name of the chain.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="Classes">Per traffic class and worker; <see cref="ClassStatistics.Unclassified"/> when packets left that belong to no class.</param>
/// <param name="Functions">Per function and worker.</param>
public sealed record ProgramStatistics(
    string Chain, long Revision, IReadOnlyList<ClassStatistics> Classes, IReadOnlyList<FunctionStatistics> Functions)
{
    /// <summary>How long its packets took, per worker, of the polls that were measured.</summary>
    public IReadOnlyList<ProgramLatencies> Latencies { get; init; } = [];
}

/// <summary>What left by a traffic class on a worker; bytes without the tag. Where flow groups move, one sum of all under worker 0.</summary>
public sealed record ClassStatistics(int ClassId, int Worker, PacketCount Count)
{
    /// <summary>Stands in for the class of packets that belong to none of the program's.</summary>
    public const int Unclassified = -1;
}

/// <summary>Counters of a function on a worker.</summary>
/// <param name="Function">Name of the function.</param>
/// <param name="Worker">Index of the worker; 0 where flow groups move, and there is one entry for each group.</param>
/// <param name="Drops">Packets that it dropped, by reason; reasons without drops are left out.</param>
/// <param name="Report">Its own counters and top talkers; null when they were not asked for.</param>
public sealed record FunctionStatistics(
    string Function, int Worker, IReadOnlyDictionary<DropReason, ulong> Drops, FunctionReport? Report)
{
    /// <summary>What it took in the polls that were measured, by how packets came to it.</summary>
    public IReadOnlyList<FunctionCycles> Cycles { get; init; } = [];
}
