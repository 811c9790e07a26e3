using Metron.Agent.Load;
using Metron.Dataplane;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Agent.Tests;

public sealed class LoadReportTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Counters_go_on_while_load_and_cycles_are_of_the_interval()
    {
        var earlier = Statistics(Worker(received: 100, busy: 1_000, idle: 9_000));
        var now = Statistics(Worker(received: 300, busy: 21_000, idle: 49_000));

        var report = LoadReport.Build("server1", Time, TimeSpan.FromSeconds(2), now, earlier);

        Assert.Equal("server1", report.Server);
        Assert.Equal(Time, report.Time.ToDateTimeOffset());
        Assert.Equal(TimeSpan.FromSeconds(2), report.Interval.ToTimeSpan());
        var worker = Assert.Single(report.Workers);
        Assert.Equal(3u, worker.Worker);
        Assert.Equal(new V1.Counters { Packets = 300, Bytes = 19_200 }, worker.Received);
        Assert.Equal(new V1.Counters { Packets = 41, Bytes = 42 }, worker.Sent);
        Assert.Equal(20_000.0 / 60_000, worker.Load, 6);
        Assert.Equal(100.0, worker.CyclesPerPacket, 6);
        Assert.Equal(51ul, worker.FlowEntries);
        Assert.Equal(52.5, worker.MaxPollGapMicroseconds);
        // Of the three polls since then, two took 15 ns and one 16 or 17.
        Assert.Equal((0.015, 0.017), (worker.MedianPollGapMicroseconds, worker.P9999PollGapMicroseconds));
        Assert.Equal(53ul, worker.SlowPathPackets);
        Assert.Equal(new Dictionary<string, ulong> { ["timeToLiveExpired"] = 6, ["noRoute"] = 7 }, worker.Drops.ToDictionary());
    }

    [Fact]
    public void No_share_of_the_gaps_is_above_the_longest_one()
    {
        var worker = Worker(received: 300, busy: 300, idle: 700) with { MaximumPollGapMicroseconds = 0.016 };

        var report = LoadReport.Build("s", Time, TimeSpan.FromSeconds(1), Statistics(worker), null);

        Assert.Equal((0.016, 0.016), (report.Workers[0].P9999PollGapMicroseconds, report.Workers[0].MaxPollGapMicroseconds));
    }

    [Fact]
    public void The_first_report_counts_from_the_start()
    {
        var report = LoadReport.Build("s", Time, TimeSpan.FromSeconds(1), Statistics(Worker(received: 10, busy: 300, idle: 700)), null);

        Assert.Equal(0.3, report.Workers[0].Load, 6);
        Assert.Equal(30.0, report.Workers[0].CyclesPerPacket, 6);
    }

    [Fact]
    public void Functions_are_summed_over_workers_and_drops_are_counters_too()
    {
        var first = new FunctionReport();
        first.Counters["bindings"] = 3;
        var second = new FunctionReport();
        second.Counters["bindings"] = 4;
        var program = new ProgramStatistics(
            "web", 7,
            [new ClassStatistics(1, 0, new PacketCount(11, 12)), new ClassStatistics(ClassStatistics.Unclassified, 1, new PacketCount(13, 14))],
            [
                new FunctionStatistics("nat", 0, new Dictionary<DropReason, ulong> { [DropReason.NoRoute] = 1 }, first),
                new FunctionStatistics("nat", 1, new Dictionary<DropReason, ulong> { [DropReason.NoRoute] = 2 }, second),
                new FunctionStatistics("fw", 0, new Dictionary<DropReason, ulong>(), null),
            ]);

        var chain = Assert.Single(LoadReport.Build("s", Time, TimeSpan.Zero, new DataplaneStatistics(0, [], [program]), null).Chains);

        Assert.Equal(("web", 7), (chain.Chain, chain.Revision));
        Assert.Equal(
            [
                new V1.ClassLoad { TrafficClass = 1, Worker = 0, Counters = new V1.Counters { Packets = 11, Bytes = 12 } },
                new V1.ClassLoad { TrafficClass = 0, Worker = 1, Counters = new V1.Counters { Packets = 13, Bytes = 14 } },
            ],
            chain.Classes);
        Assert.Equal(["nat", "fw"], chain.Functions.Select(function => function.Function));
        Assert.Equal(new Dictionary<string, ulong> { ["bindings"] = 7, ["drop.noRoute"] = 3 }, chain.Functions[0].Counters.ToDictionary());
        Assert.Empty(chain.Functions[1].Counters);
    }

    [Fact]
    public void Cycles_count_from_the_start_and_times_of_packets_are_of_the_interval()
    {
        var earlier = Measured(polls: 2, times: [1, 0, 4]);
        var now = Measured(polls: 5, times: [1, 6, 7]);

        var report = LoadReport.Build("s", Time, TimeSpan.FromSeconds(1), now, earlier);

        var worker = Assert.Single(report.Workers);
        Assert.Equal((256u, 5ul), (worker.Samples.Interval, worker.Samples.Polls));
        Assert.Equal([new V1.StageCycles { Stage = "slowPath", Packets = 50, Cycles = 500 }], worker.Samples.Stages);
        // Six of 1 ns and three of 2 ns.
        var times = new V1.PacketTimes { Packets = 9, MedianMicroseconds = 0.001, P99Microseconds = 0.002, P999Microseconds = 0.002, MaxMicroseconds = 0.002 };
        Assert.Equal(times, worker.PacketTimes);
        var chain = Assert.Single(report.Chains);
        Assert.Equal([new V1.ChainTimes { Worker = 3, Times = times }], chain.PacketTimes);
        Assert.Equal(
            [
                new V1.FunctionCycles { Function = "nat", Worker = 3, Path = "asked", Packets = 5, Cycles = 51 },
                new V1.FunctionCycles { Function = "nat", Worker = 3, Path = "established", Packets = 52, Cycles = 53 },
            ],
            chain.FunctionCycles);
    }

    [Fact]
    public void What_was_not_measured_is_not_reported()
    {
        var off = Measured(polls: 0, times: [0, 0]) with { Workers = [Worker(received: 1, busy: 2, idle: 3)] };
        var report = LoadReport.Build("s", Time, TimeSpan.FromSeconds(1), off, off);

        Assert.Null(report.Workers[0].Samples);
        Assert.Null(report.Workers[0].PacketTimes);
        Assert.Empty(report.Chains[0].PacketTimes);
    }

    private static DataplaneStatistics Measured(ulong polls, ulong[] times)
    {
        var counts = new DurationCounts([.. times]);
        var worker = Worker(received: 300, busy: 21_000, idle: 49_000) with
        {
            Samples = new SampleStatistics(256, polls, [new StageCycles(CycleStage.SlowPath, polls * 10, polls * 100)], counts),
        };
        var function = new FunctionStatistics("nat", 3, new Dictionary<DropReason, ulong>(), null)
        {
            Cycles = [new FunctionCycles(FunctionPath.Asked, polls, 51), new FunctionCycles(FunctionPath.Established, 52, 53)],
        };
        return new DataplaneStatistics(0, [worker], [new ProgramStatistics("web", 7, [], [function]) { Latencies = [new ProgramLatencies(3, counts)] }]);
    }

    private static DataplaneStatistics Statistics(WorkerStatistics worker) => new(0, [worker], []);

    private static WorkerStatistics Worker(ulong received, ulong busy, ulong idle) => new()
    {
        Worker = 3,
        Received = new PacketCount(received, received * 64),
        Sent = new PacketCount(41, 42),
        BusyCycles = busy,
        IdleCycles = idle,
        FlowEntries = 51,
        MaximumPollGapMicroseconds = 52.5,
        // Steps of up to 15, and of 16 and 17 ns.
        PollGaps = new DurationCounts([.. Enumerable.Repeat(0ul, 15), received / 100, received / 300]),
        SlowPathPackets = 53,
        Drops = new Dictionary<DropReason, ulong> { [DropReason.TimeToLiveExpired] = 6, [DropReason.NoRoute] = 7 },
    };
}
