using Metron.Dataplane.Workers;

namespace Metron.Dataplane.Tests;

/// <summary>Time that stands still until it is moved.</summary>
internal sealed class ManualTime
{
    public long Nanoseconds { get; private set; } = 1_000_000_000;

    public void Advance(TimeSpan time) => Nanoseconds += (long)time.TotalNanoseconds;
}

internal readonly struct ManualClock(ManualTime time) : IClock
{
    public long Nanoseconds => time.Nanoseconds;
}
