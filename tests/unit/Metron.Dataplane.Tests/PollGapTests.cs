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

    [Fact]
    public void Shares_of_gaps_are_those_since_the_reading_before()
    {
        var counters = default(WorkerCounters);
        Note(&counters, [.. Enumerable.Repeat(1_000ul, 9_998), 50_000, 2_000_000]);
        var first = PollGap.Read(&counters);
        Assert.InRange(first.MicrosecondsOf(0.5, null), 1, 1.125);
        Assert.InRange(first.MicrosecondsOf(0.9999, null), 50, 50 * 1.125);
        Assert.InRange(first.MicrosecondsOf(1, null), 2_000, 2_000 * 1.125);
        Note(&counters, 7_000, 7_000, 9_000);
        var second = PollGap.Read(&counters);
        Assert.InRange(second.MicrosecondsOf(0.5, first), 7, 7 * 1.125);
        Assert.InRange(second.MicrosecondsOf(0.9999, first), 9, 9 * 1.125);
        Assert.Equal(0, second.MicrosecondsOf(0.5, second));
        Assert.Equal(0, DurationCounts.None.MicrosecondsOf(0.5, null));
    }

    [Fact]
    public void Each_gap_belongs_to_the_step_that_ends_at_it_or_an_eighth_behind()
    {
        for (var nanoseconds = 0ul; nanoseconds < 1ul << 36; nanoseconds = (nanoseconds * 17 / 16) + 1)
        {
            var step = DurationCounts.StepOf(nanoseconds);
            Assert.InRange(step, 0, DurationCounts.Length - 1);
            Assert.InRange(DurationCounts.EndOf(step), nanoseconds, nanoseconds + (nanoseconds / 8));
            Assert.True(step == 0 || DurationCounts.EndOf(step - 1) < nanoseconds);
        }

        Assert.Equal(DurationCounts.Length - 1, DurationCounts.StepOf(ulong.MaxValue));
    }

    private static void Note(WorkerCounters* counters, params ulong[] gaps)
    {
        foreach (var gap in gaps)
        {
            PollGap.Note(counters, gap);
        }
    }
}
