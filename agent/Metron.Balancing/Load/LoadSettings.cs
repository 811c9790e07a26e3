namespace Metron.Balancing;

/// <summary>How load is estimated from counters.</summary>
public sealed record LoadSettings
{
    /// <summary>The defaults.</summary>
    public static LoadSettings Default { get; } = new();

    /// <summary>Time constant with which rising loads are followed: after it, a step is seen to 63%. 0 follows at once.</summary>
    public double RiseSeconds { get; init; } = 0.1;

    /// <summary>Time constant with which falling loads are followed.</summary>
    public double FallSeconds { get; init; } = 0.3;

    /// <summary>Time constant of a flow group's cycles per packet.</summary>
    public double CostSeconds { get; init; } = 1;

    /// <summary>A worker above this share of useful cycles is saturated: what more it would have to do shows only in its queue. RSS++: 0.98.</summary>
    public double Saturation { get; init; } = 0.98;

    /// <summary>Load that a full queue adds to a saturated worker, as share of its capacity.</summary>
    public double QueueWeight { get; init; } = 0.25;
}
