namespace Metron.Balancing;

/// <summary>What is to be balanced: views of the caller's arrays, which the solver only reads.</summary>
/// <param name="GroupLoads">Load per flow group, in nominal cores (1 = one reference core busy all the time). 0 or more, finite.</param>
/// <param name="Owners">Worker that owns each flow group.</param>
/// <param name="Workers">The workers.</param>
public readonly ref struct BalanceProblem(ReadOnlySpan<double> GroupLoads, ReadOnlySpan<ushort> Owners, ReadOnlySpan<BalanceWorker> Workers)
{
    /// <summary>Load per flow group, in nominal cores.</summary>
    public ReadOnlySpan<double> GroupLoads { get; } = GroupLoads;

    /// <summary>Worker that owns each flow group; same length as <see cref="GroupLoads"/>.</summary>
    public ReadOnlySpan<ushort> Owners { get; } = Owners;

    /// <summary>The workers.</summary>
    public ReadOnlySpan<BalanceWorker> Workers { get; } = Workers;

    /// <summary>Ticks for which each flow group still stays where it is, unless its worker drains; empty when none does.</summary>
    public ReadOnlySpan<byte> Resting { get; init; }
}
