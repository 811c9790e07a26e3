using Metron.Agent.Balancing;
using Metron.Agent.Configuration;
using Metron.Balancing;
using Metron.NetworkFunctions.Chains;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.Agent.Tests.Balancing;

public sealed class BalancingLoopTests : IDisposable
{
    private static readonly BalancingConfiguration Auto = new() { MinimumWorkers = 2, Profile = BalancingProfile.Calm };

    private readonly string _folder = Directory.CreateTempSubdirectory("metron-balancing-").FullName;
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Uneven_flow_groups_are_moved_until_workers_are_even_and_then_stay()
    {
        var groups = new ModelledGroups(workers: 2, groups: 64);
        for (var group = 0; group < 64; group += 2)
        {
            groups.Loads[group] = 0.02; // all of worker 0
        }

        using var loop = Loop(Auto, groups, new WorkerLimits(2, 2));
        await RunAsync(loop, 20);

        var loads = groups.WorkerLoads();
        Assert.InRange(loads[0], 0.30, 0.34);
        Assert.InRange(loads[1], 0.30, 0.34);
        var report = BalancerReport.Of(loop);
        var moves = groups.Moved;
        Assert.Equal(("auto", "modelled", (ulong)moves), (report.Mode, report.Nic, report.Moves));
        Assert.Equal(groups.Owners.Select(owner => (uint)owner), report.Indirection);
        Assert.Contains(report.Decisions, decision => decision.Outcome == "moved" && decision.HasImbalanceMeasured && decision.Moves.Count > 0);
        await RunAsync(loop, 20);
        Assert.Equal(moves, groups.Moved);
        Assert.Equal(BalancerState.KeptDecisions, BalancerReport.Of(loop).Decisions.Count);
    }

    [Fact]
    public async Task Suggestions_are_told_and_not_carried_out()
    {
        var groups = new ModelledGroups(workers: 2, groups: 64);
        groups.Loads[0] = groups.Loads[2] = 0.3;
        using var loop = Loop(Auto with { Mode = BalancingMode.Suggest }, groups, new WorkerLimits(2, 2));
        await RunAsync(loop, 10);

        var report = BalancerReport.Of(loop);
        Assert.Equal(0, groups.Moved);
        Assert.Equal(0ul, report.Moves);
        Assert.Contains(report.Decisions, decision => decision.Outcome == "suggested" && decision.Moves.Count > 0);
    }

    [Fact]
    public async Task A_balancer_that_is_off_only_reports_loads()
    {
        var groups = new ModelledGroups(workers: 2, groups: 64);
        groups.Loads[0] = groups.Loads[2] = 0.3;
        using var loop = Loop(Auto with { Mode = BalancingMode.Off }, groups, new WorkerLimits(1, 2));
        await RunAsync(loop, 30);

        var report = BalancerReport.Of(loop);
        Assert.Equal(0, groups.Moved);
        Assert.All(report.Decisions, decision => Assert.Equal("nothing to do", decision.Outcome));
        Assert.All(report.Workers, worker => Assert.Equal("active", worker.State));
        Assert.InRange(report.GroupLoads[0], 0.29, 0.31);
    }

    [Fact]
    public async Task Workers_are_emptied_and_parked_when_load_is_low_and_used_again_when_it_rises()
    {
        var groups = new ModelledGroups(workers: 4, groups: 64);
        Array.Fill(groups.Loads, 0.005);
        using var loop = Loop(Auto, groups, new WorkerLimits(1, 4));
        await RunAsync(loop, 60);
        Assert.Single(groups.Owners.Distinct());
        Assert.Equal(3, BalancerReport.Of(loop).Workers.Count(worker => worker.State == "parked"));

        Array.Fill(groups.Loads, 0.035);
        await RunAsync(loop, 60);
        Assert.Equal(3, groups.Owners.Distinct().Count());
        Assert.All(groups.WorkerLoads(), load => Assert.InRange(load, 0, 0.8));
    }

    [Fact]
    public async Task What_chains_ask_for_is_obeyed_while_they_run()
    {
        var groups = new ModelledGroups(workers: 4, groups: 64);
        var limits = new WorkerLimits(3, 4);
        using var loop = new BalancingLoop(Auto, groups, () => limits, _time, NullLogger.Instance);
        await RunAsync(loop, 60);
        Assert.Equal(3, groups.Owners.Distinct().Count());

        limits = new WorkerLimits(1, 1);
        await RunAsync(loop, 60);
        Assert.Single(groups.Owners.Distinct());

        // Nothing arrives: they are spread by their number.
        limits = new WorkerLimits(2, 4);
        await RunAsync(loop, 10);
        Assert.Equal([32, 32], groups.Owners.GroupBy(owner => owner).Select(owned => owned.Count()));
        var moves = groups.Moved;
        await RunAsync(loop, 60);
        Assert.Equal(moves, groups.Moved);
    }

    [Fact]
    public async Task A_move_that_fails_is_told_and_tried_again()
    {
        var groups = new ModelledGroups(workers: 2, groups: 64) { Failure = new InvalidOperationException("the table is stuck") };
        groups.Loads[0] = groups.Loads[2] = 0.3;
        using var loop = Loop(Auto, groups, new WorkerLimits(2, 2));
        await RunAsync(loop, 8);
        var failed = BalancerReport.Of(loop);
        Assert.Contains(failed.Decisions, decision => decision.Outcome.Contains("cancelled: the table is stuck", StringComparison.Ordinal));
        Assert.True(failed.CancelledMoves > 0);

        groups.Failure = null;
        await RunAsync(loop, 20);
        Assert.Equal([0.3, 0.3], groups.WorkerLoads().Select(load => Math.Round(load, 3)));
    }

    [Fact]
    public async Task A_flow_group_above_a_worker_s_capacity_is_reported_with_its_worker()
    {
        var groups = new ModelledGroups(workers: 2, groups: 64);
        groups.Loads[0] = 0.98;
        groups.Loads[2] = 0.1;
        using var loop = Loop(Auto, groups, new WorkerLimits(2, 2));
        await RunAsync(loop, 20);

        var report = BalancerReport.Of(loop);
        var elephant = Assert.Single(report.Elephants);
        Assert.Equal((0u, (uint)groups.Owners[0]), (elephant.FlowGroup, elephant.Worker));
        Assert.NotEqual(groups.Owners[0], groups.Owners[2]);
    }

    [Fact]
    public async Task Ticks_are_recorded_with_their_outcomes_and_can_be_replayed()
    {
        var file = Path.Combine(_folder, "ticks.jsonl");
        var groups = new ModelledGroups(workers: 2, groups: 64);
        groups.Loads[0] = groups.Loads[2] = 0.3;
        using (var loop = Loop(Auto with { Recording = file }, groups, new WorkerLimits(2, 2)))
        {
            await RunAsync(loop, 25);
            Assert.Equal(file, BalancerReport.Of(loop).Recording);
        }

        using var text = File.OpenText(file);
        var recording = RecordingReader.Read(text);
        Assert.Equal(Enumerable.Range(1, 24).Select(number => (long)number), recording.Ticks.Select(tick => tick.Number));
        Assert.All(recording.Ticks, tick => Assert.NotNull(tick.Outcome));
        var replay = Replay.Run(recording, recording.Header.Settings);
        Assert.Equal(0, replay.FirstDifference);
        Assert.Equal(groups.Moved, replay.Recorded.Moves);
        Assert.Equal(replay.Recorded, replay.Replayed);
    }

    [Fact]
    public async Task A_recording_that_is_full_is_kept_once_and_begun_anew()
    {
        var file = Path.Combine(_folder, "ticks.jsonl");
        using (var loop = Loop(Auto with { Recording = file, RecordingBytes = 20_000 }, new ModelledGroups(workers: 2, groups: 64), new WorkerLimits(2, 2)))
        {
            await RunAsync(loop, 100);
        }

        using var older = File.OpenText($"{file}.1");
        using var newer = File.OpenText(file);
        var (before, after) = (RecordingReader.Read(older), RecordingReader.Read(newer));
        Assert.Equal(before.Ticks[^1].Number + 1, after.Ticks.Count > 0 ? after.Ticks[0].Number : 100);
        Assert.InRange(new FileInfo($"{file}.1").Length, 20_000, 40_000);
    }

    [Fact]
    public void Limits_are_those_of_the_configuration_and_of_the_chains_that_run()
    {
        static ResidualProgram Program(int minimum, int maximum) => new("c", 1, TagKind.Vlan) { MinimumWorkers = minimum, MaximumWorkers = maximum };
        var configuration = new BalancingConfiguration { MinimumWorkers = 2, MaximumWorkers = 6 };

        Assert.Equal(new WorkerLimits(2, 6), WorkerLimits.Of(configuration, 8, []));
        Assert.Equal(new WorkerLimits(3, 4), WorkerLimits.Of(configuration, 8, [Program(3, 4), Program(1, 2)]));
        Assert.Equal(new WorkerLimits(3, 6), WorkerLimits.Of(configuration, 8, [Program(3, 4), Program(1, 0)]));
        Assert.Equal(new WorkerLimits(6, 6), WorkerLimits.Of(configuration, 8, [Program(7, 0)]));
        Assert.Equal(new WorkerLimits(2, 2), WorkerLimits.Of(configuration, 8, [Program(1, 1)]));
        Assert.Equal(new WorkerLimits(1, 8), WorkerLimits.Of(new BalancingConfiguration(), 8, []));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private BalancingLoop Loop(BalancingConfiguration configuration, IFlowGroups groups, WorkerLimits limits) =>
        new(configuration, groups, () => limits, _time, NullLogger.Instance);

    private async Task RunAsync(BalancingLoop loop, int ticks)
    {
        for (var tick = 0; tick < ticks; tick++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await loop.TickAsync(CancellationToken.None);
        }
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }

    /// <summary>Flow groups of constant loads; moves succeed at once, unless they are told to fail.</summary>
    private sealed class ModelledGroups : IFlowGroups
    {
        private const ulong CyclesPerTick = 1_000_000;
        private readonly ulong[] _useful;
        private readonly ulong[] _packets;
        private ulong _all;

        public ModelledGroups(int workers, int groups)
        {
            (Workers, Groups) = (workers, groups);
            (_useful, _packets) = (new ulong[workers], new ulong[groups]);
            Loads = new double[groups];
            Owners = [.. Enumerable.Range(0, groups).Select(group => (ushort)(group % workers))];
        }

        public string NicKind => "modelled";

        public int Groups { get; }

        public int Workers { get; }

        public double[] Loads { get; }

        public ushort[] Owners { get; }

        public int Moved { get; private set; }

        public Exception? Failure { get; set; }

        public double[] WorkerLoads() => [.. Enumerable.Range(0, Workers).Select(worker => Enumerable.Range(0, Groups).Where(group => Owners[group] == worker).Sum(group => Loads[group]))];

        public void Measure(LoadMeasurement into)
        {
            _all += CyclesPerTick;
            var loads = WorkerLoads();
            for (var worker = 0; worker < Workers; worker++)
            {
                _useful[worker] += (ulong)(Math.Min(loads[worker], 1) * CyclesPerTick);
                (into.UsefulCycles[worker], into.AllCycles[worker]) = (_useful[worker], _all);
            }

            for (var group = 0; group < Groups; group++)
            {
                _packets[group] += (ulong)(Loads[group] * 10_000);
                (into.Packets[group], into.Owners[group]) = (_packets[group], Owners[group]);
            }
        }

        public Task<MoveReport> MoveAsync(IReadOnlyList<FlowGroupMove> moves, CancellationToken cancellation)
        {
            if (Failure is not null)
            {
                return Task.FromException<MoveReport>(Failure);
            }

            foreach (var move in moves)
            {
                Assert.Equal(move.From, Owners[move.Group]);
                Owners[move.Group] = move.To;
            }

            Moved += moves.Count;
            return Task.FromResult(new MoveReport(moves.Count, 0, string.Empty, TimeSpan.FromMicroseconds(50)));
        }
    }
}
