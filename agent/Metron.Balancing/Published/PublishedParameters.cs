namespace Metron.Balancing.Published;

/// <summary>What RSS++ was run with (Barbette et al., CoNEXT 2019, and the defaults of the code published with it).</summary>
public sealed record PublishedParameters
{
    /// <summary>Load that core scaling aims at, 0 to 1.</summary>
    public double TargetLoad { get; init; } = 0.8;

    /// <summary>How far a core's load must be from the mean to take part in balancing.</summary>
    public double Threshold { get; init; } = 0.02;

    /// <summary>Shortest time between two ticks, in seconds.</summary>
    public double MinimumInterval { get; init; } = 0.1;

    /// <summary>Longest time between two ticks, in seconds.</summary>
    public double MaximumInterval { get; init; } = 1;

    /// <summary>Load above which a core counts as full: when more than one is, how full their queues are joins in.</summary>
    public double FullLoad { get; init; } = 0.98;

    /// <summary>Share of the queue's fill level in the load of a full core.</summary>
    public double FillShare { get; init; } = 0.1;

    /// <summary>Whether cores are added and removed.</summary>
    public bool ScaleCores { get; init; } = true;
}
