namespace Metron.Balancing;

/// <summary>When workers are added and removed.</summary>
public sealed record ScalingSettings
{
    /// <summary>The defaults.</summary>
    public static ScalingSettings Default { get; } = new();

    /// <summary>Whether the number of workers changes at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Load / capacity of all active workers that is held. More than 0, at most 1.</summary>
    public double Target { get; init; } = 0.8;

    /// <summary>Latency that is held by adding workers, whatever the load; 0 for none.</summary>
    public double LatencyMicroseconds { get; init; }

    /// <summary>Fewest workers. 1 or more.</summary>
    public int Minimum { get; init; } = 1;

    /// <summary>Most workers.</summary>
    public int Maximum { get; init; } = int.MaxValue;

    /// <summary>How long more than the target must last before workers are added.</summary>
    public double AddSeconds { get; init; } = 0.05;

    /// <summary>How long one worker less must have been enough before it is removed.</summary>
    public double RemoveSeconds { get; init; } = 0.5;

    /// <summary>How far below the target load / capacity must stay after a removal.</summary>
    public double RemoveMargin { get; init; } = 0.05;

    /// <summary>After workers were added for latency, none is removed before load is this share below its highest since.</summary>
    public double Regret { get; init; } = 0.1;
}
