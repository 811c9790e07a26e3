namespace Metron.Balancing;

/// <summary>How often is decided: more often while workers are out of balance (RSS++, Barbette et al., CoNEXT 2019).</summary>
public sealed record IntervalSettings
{
    /// <summary>Shortest interval.</summary>
    public double MinimumSeconds { get; init; } = 0.1;

    /// <summary>Longest interval.</summary>
    public double MaximumSeconds { get; init; } = 1;

    /// <summary>Total imbalance above which the interval is halved: the sum over workers of |load / capacity − mean|.</summary>
    public double HalveAbove { get; init; } = 0.2;

    /// <summary>Total imbalance above which the interval is the shortest.</summary>
    public double MinimumAbove { get; init; } = 0.4;

    /// <summary>The interval after one.</summary>
    /// <param name="seconds">The interval before.</param>
    /// <param name="totalImbalance">Total imbalance found.</param>
    /// <param name="changed">Whether anything moved or was added or removed.</param>
    public double After(double seconds, double totalImbalance, bool changed)
    {
        var next = totalImbalance > MinimumAbove ? MinimumSeconds
            : totalImbalance > HalveAbove ? seconds / 2
            : changed ? seconds
            : seconds * 2;
        return Math.Clamp(next, MinimumSeconds, MaximumSeconds);
    }
}
