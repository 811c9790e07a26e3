using Metron.Dataplane.Workers;

namespace Metron.Dataplane.Tests;

/// <summary>Time that stands still until it is moved, or goes on a bit with each reading.</summary>
internal sealed class ManualTime
{
    /// <summary>By how much it goes on when a worker reads it.</summary>
    public long NanosecondsPerReading { get; set; }

    public long Nanoseconds { get; private set; } = 1_000_000_000;

    public long Read() => Nanoseconds += NanosecondsPerReading;

    public void Advance(TimeSpan time) => Nanoseconds += (long)time.TotalNanoseconds;
}

internal readonly struct ManualClock(ManualTime time) : IClock
{
    public long Nanoseconds => time.Read();
}
