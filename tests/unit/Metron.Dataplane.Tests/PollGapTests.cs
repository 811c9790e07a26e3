using Metron.Dataplane.Workers;

namespace Metron.Dataplane.Tests;

public sealed unsafe class PollGapTests
{
    [Fact]
    public void Each_interval_has_the_longest_gap_of_its_own()
    {
        var counters = default(WorkerCounters);
        Note(&counters, 10, 500, 20);
        Assert.Equal(500ul, PollGap.Take(&counters));
        Note(&counters, 30, 40);
        Assert.Equal(40ul, PollGap.Take(&counters));
        Assert.Equal(0ul, PollGap.Take(&counters));
        Note(&counters, 7);
        Assert.Equal(7ul, PollGap.Take(&counters));
    }

    [Fact]
    public void Interval_numbers_may_wrap()
    {
        var counters = default(WorkerCounters);
        for (var i = 0; i < 70_000; i++)
        {
            Note(&counters, (ulong)i + 1);
            Assert.Equal((ulong)i + 1, PollGap.Take(&counters));
        }
    }

    private static void Note(WorkerCounters* counters, params ulong[] gaps)
    {
        foreach (var gap in gaps)
        {
            PollGap.Note(counters, gap);
        }
    }
}
