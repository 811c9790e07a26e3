namespace Metron.Balancing;

/// <summary>Follows loads exponentially, whatever the length of the intervals: rising ones faster than falling ones. Not thread-safe.</summary>
/// <param name="groups">Number of flow groups.</param>
/// <param name="workers">Number of workers.</param>
/// <param name="settings">Time constants.</param>
public sealed class LoadSmoother(int groups, int workers, LoadSettings settings)
{
    private const double Least = 1e-7;

    private readonly double[] _groups = new double[groups];
    private readonly double[] _bases = new double[workers];
    private bool _isFirst = true;

    /// <summary>Load per flow group in nominal cores.</summary>
    public ReadOnlySpan<double> Groups => _groups;

    /// <summary>Load per worker in nominal cores that no flow group causes.</summary>
    public ReadOnlySpan<double> Bases => _bases;

    /// <summary>Joins a sample in; the first is taken as it is.</summary>
    public void Add(LoadSample sample)
    {
        var rise = _isFirst ? 1 : LoadReader.Follow(sample.Seconds, settings.RiseSeconds);
        var fall = _isFirst ? 1 : LoadReader.Follow(sample.Seconds, settings.FallSeconds);
        _isFirst = false;
        Follow(_groups, sample.Groups, rise, fall);
        Follow(_bases, sample.Bases, rise, fall);
    }

    private static void Follow(double[] smoothed, double[] sampled, double rise, double fall)
    {
        for (var i = 0; i < smoothed.Length; i++)
        {
            var difference = sampled[i] - smoothed[i];
            var followed = smoothed[i] + (difference * (difference > 0 ? rise : fall));

            // What has become too little to matter is nothing.
            smoothed[i] = followed < Least ? 0 : followed;
        }
    }
}
