using System.Diagnostics;
using Metron.Bench.Migration;
using Metron.Dataplane.Nics;

namespace Metron.Dataplane.Tests;

/// <summary>Two workers on threads of their own behind an emulated NIC, and flow groups that move between them under traffic.</summary>
public sealed class MigrationThreadTests
{
    private const int Groups = 32;
    private const int NicEntries = 64;
    private const int Flows = 500;
    private const int Payload = 14 + 4 + 20 + 8; // Ethernet, VLAN, IPv4, UDP
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Skewed_traffic_loses_nothing_and_keeps_order_and_bindings_while_groups_move()
    {
        await using var machine = await Machine.StartAsync();
        var random = new Random(5);
        for (var round = 0; round < 20; round++)
        {
            var target = machine.Traffic.Carried + 5_000;
            await machine.UntilAsync(() => machine.Traffic.Carried >= target);
            var owners = machine.Dataplane.GroupOwners;
            var moves = Enumerable.Range(0, Groups).Where(_ => random.Next(8) == 0).Select(group => new GroupMove(group, 1 - owners[group])).ToList();
            var outcomes = await machine.Dataplane.MigrateAsync(moves, machine.Nic);
            Assert.All(outcomes, outcome => Assert.Equal((MigrationResult.Moved, null), (outcome.Result, outcome.Problem)));
            Assert.All(moves, move => Assert.Equal(move.Worker, machine.Dataplane.GroupOwners[move.Group]));
        }

        await machine.RestAsync();
        Assert.Equal(machine.Traffic.Sent, machine.Traffic.Carried);
        Assert.Equal((0, 0), (machine.Traffic.Reordered, machine.Traffic.Rebound));
        var statistics = await machine.Dataplane.ReadStatisticsAsync();
        Assert.All(statistics.Workers, worker => Assert.Empty(worker.Drops));
        Assert.All(statistics.Workers, worker => Assert.NotEqual(0ul, worker.Received.Packets));
        Assert.Equal((ulong)machine.Traffic.Carried, statistics.Programs.Single().Classes.Single(entry => entry.ClassId == 7).Count.Packets);
        var loads = machine.Dataplane.ReadGroupLoads();
        Assert.Equal((ulong)machine.Traffic.Carried, loads.Groups.Aggregate(0ul, (sum, group) => sum + group.Packets));
    }

    [Fact]
    public async Task A_worker_without_groups_parks_and_wakes_when_it_gets_some()
    {
        await using var machine = await Machine.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            await machine.MoveAllAsync(0);
            await machine.UntilAsync(() => machine.Dataplane.ReadGroupLoads().Workers[1].IsParked);
            var polls = machine.Dataplane.ReadGroupLoads().Workers[1].Polls;
            var target = machine.Traffic.Carried + 20_000;
            await machine.UntilAsync(() => machine.Traffic.Carried >= target);
            await machine.Dataplane.ReadStatisticsAsync(); // it answers although it is parked
            Assert.InRange(machine.Dataplane.ReadGroupLoads().Workers[1].Polls - polls, 0ul, 10_000ul);
            await machine.MoveAllAsync(1);
            Assert.False(machine.Dataplane.ReadGroupLoads().Workers[1].IsParked);
        }

        await machine.RestAsync();
        Assert.Equal((machine.Traffic.Sent, 0, 0), (machine.Traffic.Carried, machine.Traffic.Reordered, machine.Traffic.Rebound));
    }

    [Fact]
    public async Task Deployments_and_moves_take_turns()
    {
        await using var machine = await Machine.StartAsync();
        var other = Chains.Line("other", 2, new NetworkFunctions.Monitor.MonitorConfiguration("mon")) with
        {
            IngressTags = [new(900, 3, 0, new(0, 0), default, 0, [0]), new(901, 4, 1, new(0, 1), default, 0, [0])],
        };
        for (var round = 0; round < 5; round++)
        {
            var move = machine.MoveAllAsync(round % 2);
            await machine.Dataplane.DeployAsync(other);
            await move;
            await machine.Dataplane.UndeployAsync("other", 2);
        }

        await machine.RestAsync();
        Assert.Equal((machine.Traffic.Sent, 0, 0), (machine.Traffic.Carried, machine.Traffic.Reordered, machine.Traffic.Rebound));
    }

    /// <summary>Traffic, NIC and workers.</summary>
    private sealed class Machine : IAsyncDisposable
    {
        public required SequencedTraffic Traffic { get; init; }

        public required EmulatedNic<SequencedPort> Nic { get; init; }

        public required Dataplane Dataplane { get; init; }

        public static async Task<Machine> StartAsync()
        {
            var program = Chains.Line(SampleChain.Functions).Spread(Groups);
            var frames = Enumerable.Range(0, Flows).Select(flow => FrameOf(program, flow)).ToList();
            var traffic = new SequencedTraffic(frames, SequencedTraffic.Zipf(Flows, 1.1, 20_000, 3), Payload, mbufs: 900);
            var nic = EmulatedNic.Create(
                new EmulatedNicOptions { Queues = 2, IndirectionSize = NicEntries, IdleSleep = TimeSpan.FromMicroseconds(20), EmptyStepsBeforeSleep = 10 },
                new SequencedPort(traffic));
            nic.SetTags(new TagGroups(program.IngressTags.ToDictionary(tag => tag.Value, tag => (ushort)tag.Worker), new Dictionary<uint, ushort>()));
            var options = new DataplaneOptions
            {
                Workers = [new(), new()],
                FlowGroups = Groups,
                MaximumFlowsPerWorker = 4096,
                IdleSleep = TimeSpan.FromMicroseconds(20),
                EmptyPollsBeforeSleep = 10,
                EarlyPackets = 1024,
                MigrationDeadline = TimeSpan.FromSeconds(30),
                WorkerTimeout = Deadline,
                CreateFunction = WorkerRig.Create,
            };
            var machine = new Machine { Traffic = traffic, Nic = nic, Dataplane = Dataplane.Start(options, nic.OpenQueues()) };
            await machine.Dataplane.DeployAsync(program);
            await machine.Dataplane.SteerAsync(nic);
            nic.Start();
            return machine;
        }

        public async Task MoveAllAsync(int worker)
        {
            var outcomes = await Dataplane.MigrateAsync([.. Enumerable.Range(0, Groups).Select(group => new GroupMove(group, worker))], Nic);
            Assert.All(outcomes, outcome => Assert.Contains(outcome.Result, new[] { MigrationResult.Moved, MigrationResult.AlreadyThere }));
            Assert.All(Dataplane.GroupOwners, owner => Assert.Equal(worker, owner));
        }

        public async Task UntilAsync(Func<bool> condition)
        {
            var begin = Stopwatch.GetTimestamp();
            while (!condition())
            {
                Assert.True(Stopwatch.GetElapsedTime(begin) < Deadline, "it took too long");
                Assert.False(Dataplane.Completion.IsFaulted, Dataplane.Completion.Exception?.ToString());
                Assert.False(Nic.Completion.IsFaulted, Nic.Completion.Exception?.ToString());
                await Task.Delay(1);
            }
        }

        /// <summary>No packet comes any more; all that are under way come through.</summary>
        public async Task RestAsync()
        {
            Traffic.IsPaused = true;
            var last = -1L;
            await UntilAsync(() => Traffic.Sent == Traffic.Carried && last == (last = Traffic.Sent));
        }

        public async ValueTask DisposeAsync()
        {
            await Dataplane.DisposeAsync();
            Nic.Dispose();
            Traffic.Dispose();
        }

        private static byte[] FrameOf(NetworkFunctions.Chains.ResidualProgram program, int flow)
        {
            var frame = SampleChain.Client(false, IpProtocol.Udp, (byte)(1 + (flow % 200)), (ushort)(10_000 + (flow * 74))) with
            {
                UdpChecksum = false,
                Payload = new byte[SequencedTraffic.PayloadBytes],
            };
            return (frame with { Vlan = (ushort)program.Steer(0, Frames.Read(frame.Build())).Value }).Build();
        }
    }
}
