using Metron.Dataplane.Sampling;

namespace Metron.Dataplane.Workers;

/// <summary>What a worker lends to the flow groups that it owns. Belongs to the worker's thread.</summary>
/// <param name="index">Index of the worker.</param>
/// <param name="sampler">Finds out what its cycles go to.</param>
internal sealed class WorkerContext(int index, CycleSampler sampler)
{
    public int Index { get; } = index;

    public CycleSampler Sampler { get; } = sampler;

    /// <summary>Worker time in nanoseconds, set between bursts.</summary>
    public long Nanoseconds { get; private set; }

    /// <summary>Worker time in milliseconds, set between bursts.</summary>
    public long Now { get; private set; }

    /// <summary>Sets the time. All workers have the same clock, and read it anew before they take a group: time never goes back for one that moves.</summary>
    public void SetTime(long nanoseconds) => (Nanoseconds, Now) = (nanoseconds, nanoseconds / NanosecondsPerMillisecond);

    private const long NanosecondsPerMillisecond = 1_000_000;
}
