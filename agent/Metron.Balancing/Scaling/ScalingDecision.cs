namespace Metron.Balancing;

/// <summary>Why the number of workers changes, or does not.</summary>
public enum ScalingReason : byte
{
    /// <summary>The number is right, or scaling is off.</summary>
    Right,

    /// <summary>Fewer than <see cref="ScalingSettings.Minimum"/> are active.</summary>
    BelowMinimum,

    /// <summary>More than <see cref="ScalingSettings.Maximum"/> are active.</summary>
    AboveMaximum,

    /// <summary>Load / capacity was above the target.</summary>
    AboveTarget,

    /// <summary>Latency was above the objective.</summary>
    AboveLatency,

    /// <summary>One worker less is enough.</summary>
    Spare,

    /// <summary>It should change, but not yet: the time has not passed, or load has not fallen enough since workers were added.</summary>
    Waiting,

    /// <summary>More are needed than there are, or than <see cref="ScalingSettings.Maximum"/> allows.</summary>
    NoneLeft,
}

/// <summary>What core scaling decided.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Added">How many workers become active.</param>
/// <param name="Removed">Worker that begins to drain; -1 for none. It can be parked once its flow groups have left.</param>
/// <param name="Utilisation">Load / capacity of the active workers before.</param>
/// <param name="UtilisationAfter">The same after.</param>
public readonly record struct ScalingDecision(ScalingReason Reason, int Added, int Removed, double Utilisation, double UtilisationAfter);
