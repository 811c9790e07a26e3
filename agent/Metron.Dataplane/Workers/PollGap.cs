namespace Metron.Dataplane.Workers;

/// <summary>
/// The longest time between two polls in an interval between two readings of statistics. The reader numbers intervals; the worker keeps the
/// maximum together with the number it belongs to, so that neither ever writes the other's word. All times are counted by length besides.
/// </summary>
internal static unsafe class PollGap
{
    private const int NumberShift = 48;
    private const ulong NanosecondsMask = (1ul << NumberShift) - 1;

    /// <summary>Called by the worker at each poll.</summary>
    public static void Note(WorkerCounters* counters, ulong nanoseconds)
    {
        counters->PollGaps[DurationCounts.StepOf(nanoseconds)]++;
        var interval = Volatile.Read(ref counters->Interval) << NumberShift;
        var current = counters->PollGap;
        if ((current & ~NanosecondsMask) != interval || nanoseconds > (current & NanosecondsMask))
        {
            counters->PollGap = interval | Math.Min(nanoseconds, NanosecondsMask);
        }
    }

    /// <summary>Called by the control thread: how many gaps were how long, since the start.</summary>
    public static DurationCounts Read(WorkerCounters* counters) => DurationCounts.Read(counters->PollGaps);

    /// <summary>Called by the control thread: the longest gap since the last call in nanoseconds, 0 when there was no poll since.</summary>
    public static ulong Take(WorkerCounters* counters)
    {
        var current = Volatile.Read(ref counters->PollGap);
        var interval = counters->Interval;
        Volatile.Write(ref counters->Interval, (interval + 1) & (ulong.MaxValue >> NumberShift));
        return (current >> NumberShift) == interval ? current & NanosecondsMask : 0;
    }
}
