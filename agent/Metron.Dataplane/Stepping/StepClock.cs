using Metron.Dataplane.Workers;

namespace Metron.Dataplane.Stepping;

/// <summary>Time that stands still until it is moved.</summary>
internal sealed class StepTime
{
    public long Nanoseconds { get; set; }
}

internal readonly struct StepClock(StepTime time) : IClock
{
    public long Nanoseconds => time.Nanoseconds;
}
