using Metron.Bench.Processes;

namespace Metron.Bench.OpenFlow;

/// <summary>A round of one contender.</summary>
internal sealed record CodecReading(double MessagesPerSecond, double AllocatedBytesPerMessage)
{
    private const int Turn = 256;

    /// <summary>Does all works in turn, the same number of messages of each, for the time given; the first quarter is not counted.</summary>
    public static CodecReading Take(IReadOnlyList<CodecWork> works, TimeSpan duration)
    {
        Repeat(works, duration / 4);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var busy = ThreadTime.Nanoseconds();
        var messages = Repeat(works, duration * 3 / 4);
        var seconds = (ThreadTime.Nanoseconds() - busy) / 1e9;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return new CodecReading(messages / seconds, allocated / (double)messages);
    }

    private static long Repeat(IReadOnlyList<CodecWork> works, TimeSpan duration)
    {
        var end = Environment.TickCount64 + (long)duration.TotalMilliseconds;
        var messages = 0L;
        do
        {
            foreach (var work in works)
            {
                messages += work.Do(Turn);
            }
        }
        while (Environment.TickCount64 < end);
        return messages;
    }
}
