namespace Metron.Balancing;

/// <summary>What a worker may do in a plan.</summary>
public enum WorkerState : byte
{
    /// <summary>Gives and takes flow groups; counts in the mean.</summary>
    Active,

    /// <summary>Keeps what it has and takes nothing, but counts in the mean: a worker that stalls, or whose last migration has not ended.</summary>
    Frozen,

    /// <summary>Gives all of its flow groups and takes none; does not count in the mean: on its way to being parked, or dead.</summary>
    Draining,

    /// <summary>Does not poll. Planned as <see cref="Draining"/>: owns nothing when all is well.</summary>
    Parked,
}
