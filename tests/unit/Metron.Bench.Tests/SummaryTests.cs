using Metron.Bench.Dataplane;
using Metron.Bench.Processes;
using Metron.Bench.Traces;

namespace Metron.Bench.Tests;

public class SummaryTests
{
    private const ulong TscHertz = 2_000_000_000;

    [Fact]
    public void The_median_of_an_even_number_of_rounds_is_between_the_middle_two()
    {
        var result = Result.Of("s", "c", "x", "m", "u", [9, 1, 4, 2]);
        Assert.Equal((3, 1, 9, 4), (result.Median, result.Min, result.Max, result.Rounds));
    }

    [Fact]
    public void Cycles_are_of_the_CPU_time_that_a_worker_got_not_of_the_window() =>
        Assert.Equal(200, new Window(Packets: 5_000_000, Seconds: 1, BusySeconds: 0.5).CyclesPerPacket(TscHertz));

    [Fact]
    public void Ratios_are_taken_within_each_round()
    {
        var results = Summarise("C4/T2", [Reading(2, 2), Reading(8, 2)], [Reading(4, 2), Reading(8, 2)]);
        // Twice as slow in the first round, alike in the second: 1.5 in the middle, not the 1.2 of the medians.
        Assert.Equal(1.5, Find(results, "metron", "cyclesRatio").Median);
        Assert.DoesNotContain(results, result => result.Contender == "testpmd-io" && result.Metric == "cyclesRatio");
    }

    [Fact]
    public void Two_workers_are_compared_with_one()
    {
        var worker = new WorkerReading { Packets = 4_000_000, BusySeconds = 1 };
        var two = new Reading(new Window(Packets: 8_000_000, Seconds: 1, BusySeconds: 2)) { Workers = [worker, worker] };
        var results = Summarise("turns-workers/T2", [Reading(4, 1)], [Reading(9, 1)], [two]);
        Assert.Equal(2, Find(results, "metron C4-2w", "speedup").Median);
        Assert.Equal(2, Find(results, "metron C4-2w", "speedupPerCpuTime").Median);
        Assert.Equal(4, Find(results, "metron C4-2w worker 1", "mpps").Median);
        Assert.DoesNotContain(results, result => result.Metric == "instructionsPerPacket");
    }

    [Fact]
    public void The_share_of_first_packets_is_checked()
    {
        var entry = Comparison.Known["C7-50/T2"].Entries[0];
        var right = Reading(10, 1) with { Workers = [new WorkerReading { Packets = 10_000_000, SlowPathPackets = 5_100_000 }] };
        Gate.CheckReading(entry, right);
        var wrong = right with { Workers = [new WorkerReading { Packets = 10_000_000, SlowPathPackets = 4_000_000 }] };
        Assert.Contains("40.0%", Assert.Throws<BenchmarkException>(() => Gate.CheckReading(entry, wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_allocating_dataplane_is_not_measured()
    {
        var entry = Comparison.Known["C4/T2"].Entries[0];
        Gate.CheckReading(entry, Reading(1, 1) with { AllocatedBytes = 30_000 });
        Assert.Throws<BenchmarkException>(() => Gate.CheckReading(entry, Reading(1, 1) with { AllocatedBytes = 48_000 }));
    }

    [Fact]
    public void A_worker_that_got_packets_of_another_is_found()
    {
        var entry = Comparison.Known["C4-2w/T2"].Entries[0];
        var reading = Reading(1, 1) with { Workers = [new WorkerReading { Packets = 1, ForeignPackets = 1 }] };
        Assert.Throws<BenchmarkException>(() => Gate.CheckReading(entry, reading));
    }

    [Fact]
    public void The_busiest_threads_are_the_workers()
    {
        var from = new Dictionary<string, double> { ["1"] = 5, ["2"] = 0, ["3"] = 1 };
        var until = new Dictionary<string, double> { ["1"] = 5.5, ["2"] = 3, ["3"] = 3 };
        Assert.Equal(3, BusyTime.OfBusiest(from, until, 1));
        Assert.Equal(5, BusyTime.OfBusiest(from, until, 2));
    }

    private static Reading Reading(double megapackets, int seconds) => new(new Window(megapackets * 1e6, seconds, seconds)) { TscHertz = TscHertz };

    private static List<Result> Summarise(string name, params Reading[][] readings)
    {
        var entries = Comparison.Known[name].Entries.Take(readings.Length).ToList();
        return [.. new ReadingSummary("dataplane", name, TscHertz, new Dictionary<Trace, IReadOnlyList<string>>()).Of(entries, readings)];
    }

    private static Result Find(List<Result> results, string contender, string metric) =>
        results.Single(result => result.Contender == contender && result.Metric == metric);
}
