namespace Metron.Balancing;

/// <summary>Everything that a <see cref="Balancer"/> can be told.</summary>
public sealed record BalancerSettings
{
    /// <summary>The defaults.</summary>
    public static BalancerSettings Default { get; } = new();

    /// <summary>How the solver weighs balance against moves.</summary>
    public BalanceSettings Solver { get; init; } = BalanceSettings.Default;

    /// <summary>How load is estimated.</summary>
    public LoadSettings Load { get; init; } = LoadSettings.Default;

    /// <summary>When workers are added and removed.</summary>
    public ScalingSettings Scaling { get; init; } = ScalingSettings.Default;

    /// <summary>How often is decided.</summary>
    public IntervalSettings Interval { get; init; } = new();

    /// <summary>Cool-down: ticks for which a flow group that moved stays. 0 to 255.</summary>
    public byte RestTicks { get; init; } = 2;
}
