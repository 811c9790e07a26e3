using Metron.Balancing;

namespace Metron.Agent.Balancing;

/// <summary>The flow groups of the server, as the balancer sees them: what they and the workers do, and a way to move them.</summary>
internal interface IFlowGroups
{
    /// <summary>The NIC's kind: "emulated", "dpdk", "linux".</summary>
    string NicKind { get; }

    /// <summary>Number of flow groups.</summary>
    int Groups { get; }

    /// <summary>Number of workers.</summary>
    int Workers { get; }

    /// <summary>Reads all counters, without asking workers.</summary>
    /// <param name="into">Gets the counters.</param>
    void Measure(LoadMeasurement into);

    /// <summary>Moves flow groups with their state, and says what became of it.</summary>
    Task<MoveReport> MoveAsync(IReadOnlyList<FlowGroupMove> moves, CancellationToken cancellation);
}

/// <summary>What became of moves.</summary>
/// <param name="Moved">Flow groups that their new workers have taken over.</param>
/// <param name="Cancelled">Flow groups that stayed, or went elsewhere.</param>
/// <param name="Problem">Why; empty when all were moved.</param>
/// <param name="Longest">Longest time from the write of the indirection table to the takeover.</param>
internal sealed record MoveReport(int Moved, int Cancelled, string Problem, TimeSpan Longest);
