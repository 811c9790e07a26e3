namespace Metron.Balancing;

/// <summary>Everything that a <see cref="Balancer"/> can be told.</summary>
public sealed record BalancerSettings
{
    /// <summary>Few decisions, as in RSS++: ticks of 100 ms to a second, within 2% of balance.</summary>
    public static BalancerSettings Default { get; } = new();

    /// <summary>
    /// For loads near what the cores can do: it ticks every 20 to 50 ms, follows rising loads at once, and keeps still within 7% of balance, since
    /// loads of so short a time are known to a few percent only.
    /// </summary>
    public static BalancerSettings Responsive { get; } = new()
    {
        Interval = new IntervalSettings { MinimumSeconds = 0.02, MaximumSeconds = 0.05 },
        Load = new LoadSettings { RiseSeconds = 0.02, FallSeconds = 0.3 },
        Solver = new BalanceSettings { Threshold = 0.07, Precision = 0.03, MoveCost = 0.002 },
    };

    /// <summary>Where cores are to be few: it holds 93% of what they can do, and removes one as soon as that leaves room.</summary>
    public static BalancerSettings Economical { get; } = new()
    {
        Interval = new IntervalSettings { MinimumSeconds = 0.02, MaximumSeconds = 0.1 },
        Load = new LoadSettings { RiseSeconds = 0.05, FallSeconds = 0.1 },
        Solver = new BalanceSettings { Threshold = 0.05, Precision = 0.02, MoveCost = 0.0005 },
        Scaling = new ScalingSettings { Target = 0.93, AddSeconds = 0.1, RemoveSeconds = 0.1, RemoveMargin = 0.02, Regret = 0.03 },
    };

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
