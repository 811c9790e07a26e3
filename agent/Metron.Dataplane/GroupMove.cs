namespace Metron.Dataplane;

/// <summary>An order to move a flow group.</summary>
/// <param name="Group">Number of the group.</param>
/// <param name="Worker">Index of the worker that shall own it.</param>
public readonly record struct GroupMove(int Group, int Worker);

/// <summary>What became of the move of a flow group.</summary>
/// <param name="Group">Number of the group.</param>
/// <param name="From">Index of the worker that owned it before.</param>
/// <param name="Worker">Index of the worker that owns it now, or takes it as soon as it polls; -1 when no worker is alive.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Duration">From the order to the end.</param>
public sealed record MigrationOutcome(int Group, int From, int Worker, MigrationResult Result, TimeSpan Duration)
{
    /// <summary>What went wrong, for operators; null when nothing did.</summary>
    public string? Problem { get; init; }
}

/// <summary>What became of the move of a flow group.</summary>
public enum MigrationResult
{
    /// <summary>It was done.</summary>
    Moved,

    /// <summary>There was nothing to do: the worker owned the group already.</summary>
    AlreadyThere,

    /// <summary>The target did not take notice in time, or still has packets of a move before: nothing was changed, or another worker got the group.</summary>
    TargetStalled,

    /// <summary>The target died: nothing was changed, the source keeps the group, or another worker got it.</summary>
    TargetDied,

    /// <summary>The source did not release the group in time and keeps it.</summary>
    SourceStalled,

    /// <summary>The NIC did not take the new table: the source keeps the group.</summary>
    NicRefused,
}
