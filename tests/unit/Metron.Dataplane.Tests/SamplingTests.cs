using Metron.Dataplane.Sampling;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Tunnel;

namespace Metron.Dataplane.Tests;

/// <summary>What cycles go to and how long packets take, with a clock that goes on by 10 ns at each reading.</summary>
public sealed class SamplingTests
{
    private const int Tick = 10;

    [Fact]
    public void Each_stage_of_a_burst_is_charged_with_its_own_time()
    {
        using var rig = Started(Chains.Line(ScriptedConfiguration.Pass("a"), ScriptedConfiguration.Pass("b")));
        rig.PassAll([Client(1024), Client(1025)]);
        var before = rig.Statistics;
        rig.PassAll([Client(1024), Client(1025), Client(1024)]);
        var stages = Since(before, rig.Statistics);

        // One reading for each change from stage to stage, and a packet that passes by its entry causes none.
        Assert.Equal(1ul, rig.Worker.Samples.Polls - before.Workers[0].Samples.Polls);
        Assert.Equal((3ul, (ulong)Tick), stages[CycleStage.Receive]);
        Assert.Equal((3ul, (ulong)Tick), stages[CycleStage.Classify]);
        Assert.Equal((3ul, (ulong)Tick), stages[CycleStage.Lookup]);
        Assert.Equal((3ul, (ulong)Tick), stages[CycleStage.Rewrite]);
        Assert.Equal((3ul, (ulong)Tick), stages[CycleStage.Transmit]);
        Assert.Equal((0ul, (ulong)Tick), stages[CycleStage.Housekeeping]);
        Assert.False(stages.ContainsKey(CycleStage.SlowPath));
    }

    [Fact]
    public void Functions_that_are_asked_are_charged_by_themselves()
    {
        using var rig = Started(Chains.Line(ScriptedConfiguration.Pass("a"), ScriptedConfiguration.Pass("b")));
        rig.PassAll([Client(1024), Client(1025), Client(1026)]);

        var stages = Since(null, rig.Statistics);
        Assert.Equal([new FunctionCycles(FunctionPath.Asked, 3, 3 * Tick)], Cycles(rig, "a"));
        Assert.Equal([new FunctionCycles(FunctionPath.Asked, 3, 3 * Tick)], Cycles(rig, "b"));
        // Before a, between a and b, and behind b.
        Assert.Equal((3ul, 3 * 3ul * Tick), stages[CycleStage.SlowPath]);
        // Before each of the three, and behind the last.
        Assert.Equal((3ul, 4ul * Tick), stages[CycleStage.Rewrite]);
    }

    [Fact]
    public void Functions_that_work_on_every_packet_are_charged_for_established_flows()
    {
        var limit = new PolicerConfiguration("limit") { Limits = [new PolicerLimit("all", PacketMatch.Any, 1_000_000, 10_000)] };
        using var rig = Started(Chains.Line(limit));
        rig.PassAll([Client(1024)]);
        rig.PassAll([Client(1024), Client(1024)]);

        Assert.Equal([new FunctionCycles(FunctionPath.Asked, 1, Tick), new FunctionCycles(FunctionPath.Established, 2, 2 * Tick)], Cycles(rig, "limit"));
    }

    [Fact]
    public void Functions_that_change_frames_are_charged_apart_from_the_segments_around_them()
    {
        var tunnel = new TunnelConfiguration("tunnel") { Local = IpAddress.Parse("203.0.113.1"), Remote = IpAddress.Parse("203.0.113.2") };
        using var rig = Started(Chains.Line(new MonitorConfiguration("inner"), tunnel, new MonitorConfiguration("outer")));
        rig.PassAll([Client(1024)]);
        rig.PassAll([Client(1024), Client(1024)]);

        Assert.Equal([new FunctionCycles(FunctionPath.Frame, 3, 3 * Tick)], Cycles(rig, "tunnel"));
        Assert.Equal([new FunctionCycles(FunctionPath.Asked, 1, Tick)], Cycles(rig, "outer"));
        Assert.Equal(3ul, Since(null, rig.Statistics)[CycleStage.Segments].Packets);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(64)]
    public void The_parts_make_up_the_whole(int packets)
    {
        var tunnel = new TunnelConfiguration("tunnel") { Local = IpAddress.Parse("203.0.113.1"), Remote = IpAddress.Parse("203.0.113.2") };
        using var rig = Started(Chains.Line([.. SampleChain.Functions, tunnel]));
        for (var round = 0; round < 3; round++)
        {
            Enumerable.Range(0, packets).ToList().ForEach(i => rig.Wire.Inject(Client((ushort)(1024 + i))));
            for (var burst = 0; burst < packets; burst += 32)
            {
                var before = Total(rig.Statistics);
                var begin = rig.Time.Nanoseconds + Tick; // what the poll reads first
                rig.Poll();
                Assert.Equal((ulong)(rig.Time.Nanoseconds - begin), Total(rig.Statistics) - before);
            }
        }
    }

    [Fact]
    public void Packets_take_from_the_poll_that_received_them_until_they_are_sent()
    {
        using var rig = Started(Chains.Line(ScriptedConfiguration.Pass("a")));
        rig.PassAll([Client(1024)]);
        var before = rig.Statistics;
        rig.PassAll([Client(1024), Client(1024), Frames.WithVlan(Client(1024), 77)]);
        var now = rig.Statistics;

        var program = Assert.Single(now.Programs).Latencies.Single();
        foreach (var (latencies, earlier) in new[]
        {
            (now.Workers[0].Samples.Latencies, before.Workers[0].Samples.Latencies),
            (program.Latencies, before.Programs[0].Latencies[0].Latencies),
        })
        {
            // Two that were sent; the third has an unknown tag, and makes for a reading before and one behind the slow path.
            Assert.Equal(2ul, latencies.Counts.Aggregate((sum, count) => sum + count) - earlier.Counts.Aggregate((sum, count) => sum + count));
            Assert.InRange(latencies.MicrosecondsOf(1, earlier), 7 * Tick / 1000.0, 7 * Tick * 1.125 / 1000.0);
        }
    }

    [Fact]
    public void Packets_that_the_queue_did_not_take_have_no_time()
    {
        using var rig = Started(Chains.Line(ScriptedConfiguration.Pass("a")));
        rig.Wire.SendLimits.Enqueue(1);
        rig.PassAll([Client(1024), Client(1025), Client(1026)]);

        Assert.Equal(1ul, rig.Worker.Samples.Latencies.Counts.Aggregate((sum, count) => sum + count));
        Assert.Equal(1ul, rig.Statistics.Programs[0].Latencies[0].Latencies.Counts.Aggregate((sum, count) => sum + count));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(256)]
    public void One_poll_in_so_many_is_measured_on_average(int interval)
    {
        using var rig = new WorkerRig(sampleInterval: interval).Deploy(Chains.Line(ScriptedConfiguration.Pass("a")));
        var polls = interval * 400;
        for (var i = 0; i < polls; i++)
        {
            rig.Wire.Inject(Client(1024));
            rig.Poll();
        }

        Assert.Equal(interval, rig.Worker.Samples.Interval);
        Assert.InRange(rig.Worker.Samples.Polls, 350ul, 450ul);
    }

    [Fact]
    public void Nothing_is_measured_when_it_is_off_or_nothing_arrives()
    {
        using var off = new WorkerRig(sampleInterval: 0).Deploy(Chains.Line(ScriptedConfiguration.Pass("a")));
        off.PassAll(Enumerable.Repeat(Client(1024), 1000));
        Assert.Equal((0ul, 0), (off.Worker.Samples.Polls, off.Worker.Samples.Stages.Count));

        using var idle = Started(Chains.Line(ScriptedConfiguration.Pass("a")));
        idle.Idle(TimeSpan.FromSeconds(1));
        Assert.Equal(0ul, idle.Worker.Samples.Polls);
    }

    [Fact]
    public void What_measuring_takes_is_not_charged()
    {
        var time = new ManualTime { NanosecondsPerReading = Tick };
        using var sampler = new CycleSampler(time.Read, 1, seed: 3);
        sampler.Calibrate();
        Assert.True(sampler.IsDue());
        sampler.Begin(time.Nanoseconds, time.Nanoseconds);
        sampler.Next(CycleStage.Classify, 1);
        time.Advance(TimeSpan.FromMicroseconds(1));
        sampler.Next(CycleStage.Lookup, 1);
        sampler.End();

        Assert.Equal(
            [new StageCycles(CycleStage.Classify, 1, 1000), new StageCycles(CycleStage.Lookup, 1, 0)],
            sampler.Read(1).Stages);
    }

    private static WorkerRig Started(ResidualProgram program)
    {
        var rig = new WorkerRig(sampleInterval: 1).Deploy(program);
        rig.Time.NanosecondsPerReading = Tick;
        return rig;
    }

    private static byte[] Client(ushort port) =>
        (SampleChain.Client(false, IpProtocol.Udp, 5, port) with { Vlan = (ushort)Chains.ClientTag }).Build();

    private static Dictionary<CycleStage, (ulong Packets, ulong Cycles)> Since(DataplaneStatistics? before, DataplaneStatistics now) => now.Workers[0].Samples.Stages
        .Select(stage => (stage, earlier: before?.Workers[0].Samples.Stages.SingleOrDefault(other => other.Stage == stage.Stage)))
        .Where(pair => pair.stage.Cycles > (pair.earlier?.Cycles ?? 0))
        .ToDictionary(pair => pair.stage.Stage, pair => (pair.stage.Packets - (pair.earlier?.Packets ?? 0), pair.stage.Cycles - (pair.earlier?.Cycles ?? 0)));

    private static IEnumerable<FunctionCycles> Cycles(WorkerRig rig, string function) =>
        rig.Statistics.Programs[0].Functions.Single(of => of.Function == function).Cycles;

    private static ulong Total(DataplaneStatistics statistics) =>
        statistics.Workers[0].Samples.Stages.Aggregate(0ul, (sum, stage) => sum + stage.Cycles)
        + statistics.Programs[0].Functions.SelectMany(function => function.Cycles).Aggregate(0ul, (sum, cycles) => sum + cycles.Cycles);
}
