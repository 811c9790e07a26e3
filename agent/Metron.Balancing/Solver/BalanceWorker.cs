using System.Text.Json.Serialization;

namespace Metron.Balancing;

/// <summary>A worker as the solver sees it.</summary>
/// <param name="Capacity">What it can do, in nominal cores: 1 for the reference core, 0.5 for half of one (a shared hyper-thread, a lower clock, a chain's share). Above 0.</param>
/// <param name="BaseLoad">Load in nominal cores that no move takes away: other chains, polling of slow ports. 0 or more.</param>
/// <param name="Node">NUMA node of its core.</param>
/// <param name="State">What it may do.</param>
public readonly record struct BalanceWorker(double Capacity, double BaseLoad, ushort Node, WorkerState State)
{
    /// <summary>A nominal core without other work, on node 0.</summary>
    public static BalanceWorker Nominal => new(Capacity: 1, BaseLoad: 0, Node: 0, WorkerState.Active);

    /// <summary>Counts in the mean.</summary>
    [JsonIgnore]
    public bool Counts => State is WorkerState.Active or WorkerState.Frozen;
}
