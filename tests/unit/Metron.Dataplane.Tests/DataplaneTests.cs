using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Tests;

/// <summary>The dataplane with real threads.</summary>
public sealed class DataplaneTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly LockedWire[] _wires = [new(), new()];

    [Fact]
    public async Task A_deployed_program_carries_packets_until_it_is_undeployed()
    {
        await using var dataplane = Start();
        Assert.Empty(dataplane.DeployedPrograms);
        var program = Chains.Line(ScriptedConfiguration.Pass("pass")).Spread(2);
        await dataplane.DeployAsync(program);
        await dataplane.DeployAsync(program);
        var deployed = Assert.Single(dataplane.DeployedPrograms);
        Assert.Equal([0, 1], deployed.Workers);
        Assert.Same(program, deployed.Program);

        _wires[0].Inject(new FrameBuilder { Vlan = 101 }.Build());
        _wires[1].Inject(new FrameBuilder { Vlan = 102 }.Build());
        await Until(() => _wires.All(wire => wire.SentCount == 1));
        var statistics = await dataplane.ReadStatisticsAsync();
        Assert.All(statistics.Workers, worker => Assert.Equal(1ul, worker.Sent.Packets));
        var functions = statistics.Programs.Single().Functions;
        Assert.Equal([0, 1], functions.Select(function => function.Worker));
        Assert.All(functions, function => Assert.Equal(1, function.Report!.Counters["asked"]));

        await dataplane.UndeployAsync("chain", 1);
        await dataplane.UndeployAsync("chain", 1);
        Assert.Empty(dataplane.DeployedPrograms);
        _wires[0].Inject(new FrameBuilder { Vlan = 101 }.Build());
        await Until(() => dataplane.ReadStatistics().Workers[0].Drops.GetValueOrDefault(DropReason.Undeployed) == 1);
    }

    [Fact]
    public async Task Statistics_tell_load_cycles_and_the_longest_poll_gap()
    {
        await using var dataplane = Start();
        await dataplane.DeployAsync(Chains.Line(ScriptedConfiguration.Pass("pass")));
        var before = dataplane.ReadStatistics();
        for (var i = 0; i < 1000; i++)
        {
            _wires[0].Inject(new FrameBuilder { Vlan = (ushort)Chains.ClientTag }.Build());
        }

        await Until(() => _wires[0].SentCount == 1000 && dataplane.ReadStatistics().Workers[0].FlowEntries == 1);
        var worker = dataplane.ReadStatistics().Workers[0];
        Assert.InRange(worker.LoadSince(before.Workers[0]), double.Epsilon, 1);
        Assert.InRange(worker.CyclesPerPacketSince(before.Workers[0]), 1, double.MaxValue);
        Assert.InRange(worker.BusyPolls, 1u, worker.Polls);
        await Until(() => dataplane.ReadStatistics().Workers[0].MaximumPollGapMicroseconds > 0);
    }

    [Fact]
    public async Task A_program_that_cannot_run_is_refused_and_changes_nothing()
    {
        await using var dataplane = Start();
        await dataplane.DeployAsync(Chains.Line("one", 1, ScriptedConfiguration.Pass("pass")));
        var taken = await Assert.ThrowsAsync<ProgramRejectedException>(
            () => dataplane.DeployAsync(Chains.Line("two", 1, ScriptedConfiguration.Pass("pass"))));
        Assert.Contains("tag 101 is taken by chain 'one' revision 1", taken.Message, StringComparison.Ordinal);
        var broken = Chains.Line("three", 1, new ScriptedConfiguration("x", null!)) with
        {
            IngressTags = [new IngressTag(900, 1, 0, new FunctionPort(0, 0), SteeringField.None, 0, [0])],
        };
        await Assert.ThrowsAsync<ProgramRejectedException>(() => dataplane.DeployAsync(broken with { Functions = [new UnknownConfiguration("x")] }));
        Assert.Equal(["one"], dataplane.DeployedPrograms.Select(deployed => deployed.Program.Chain));
    }

    [Fact]
    public async Task A_worker_that_dies_of_a_functions_bug_is_told()
    {
        await using var dataplane = Start();
        await dataplane.DeployAsync(Chains.Line(new ScriptedConfiguration("bug", (_, ref _, _) => throw new InvalidOperationException("bug"))));
        _wires[0].Inject(new FrameBuilder { Vlan = (ushort)Chains.ClientTag }.Build());
        var failure = await Assert.ThrowsAsync<WorkerFailedException>(() => dataplane.Completion.WaitAsync(Deadline));
        Assert.Equal((0, "bug"), (failure.Worker, failure.InnerException!.Message));
        await Assert.ThrowsAsync<WorkerFailedException>(() => dataplane.UndeployAsync("chain", 1));
    }

    [Fact]
    public async Task Disposing_ends_the_workers_and_refuses_further_use()
    {
        var dataplane = Start(sleep: TimeSpan.FromMilliseconds(1));
        await dataplane.DeployAsync(Chains.Line(ScriptedConfiguration.Pass("pass")));
        await dataplane.DisposeAsync();
        await dataplane.Completion.WaitAsync(Deadline);
        Assert.All(_wires, wire => Assert.Equal((1, 1), (wire.Attached, wire.Detached)));
        await dataplane.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => dataplane.DeployAsync(Chains.Line(ScriptedConfiguration.Pass("pass"))));
        Assert.Throws<ObjectDisposedException>(dataplane.ReadStatistics);
    }

    [Fact]
    public async Task Programs_come_and_go_while_packets_flow_and_none_is_lost()
    {
        await using var dataplane = Start();
        await dataplane.DeployAsync(Chains.Line("steady", 1, ScriptedConfiguration.Pass("pass")));
        var injected = 0;
        for (var revision = 1; revision <= 20; revision++)
        {
            for (var i = 0; i < 50; i++, injected++)
            {
                _wires[0].Inject(new FrameBuilder { Vlan = (ushort)Chains.ClientTag, SourcePort = (ushort)injected }.Build());
            }

            var other = Chains.Line("other", revision, ScriptedConfiguration.Pass("pass"));
            await dataplane.DeployAsync(other with
            {
                IngressTags = [other.IngressTags[0] with { Value = (uint)(1000 + (revision % 2)) }],
            });
            await dataplane.UndeployAsync("other", revision - 1);
        }

        await Until(() => _wires[0].SentCount == injected);
        Assert.Empty(dataplane.ReadStatistics().Workers[0].Drops);
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(1 << 26, 30)]
    [InlineData(4096, 0)]
    public void Options_out_of_range_are_refused(int flows, int idleSeconds) => Assert.ThrowsAny<ArgumentException>(() => Dataplane.Start(
        new DataplaneOptions { Workers = [new()], MaximumFlowsPerWorker = flows, FlowIdleTimeout = TimeSpan.FromSeconds(idleSeconds) },
        [new LockedPort(_wires[0])]));

    [Fact]
    public void A_CPU_that_the_process_may_not_use_is_refused()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => Dataplane.Start(new DataplaneOptions { Workers = [new WorkerOptions { Core = 1023 }] }, [new LockedPort(_wires[0])]));
        Assert.Contains("CPU 1023", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Array.ForEach(_wires, wire => wire.Dispose());

    private static async Task Until(Func<bool> condition)
    {
        using var cancellation = new CancellationTokenSource(Deadline);
        while (!condition())
        {
            await Task.Delay(1, cancellation.Token);
        }
    }

    private Dataplane Start(TimeSpan sleep = default) => Dataplane.Start(
        new DataplaneOptions
        {
            Workers = [new(), new()],
            CreateFunction = WorkerRig.Create,
            MaximumFlowsPerWorker = 4096,
            IdleSleep = sleep == default ? TimeSpan.FromMicroseconds(50) : sleep,
            EmptyPollsBeforeSleep = 10,
        },
        [.. _wires.Select(wire => new LockedPort(wire))]);

    private sealed record UnknownConfiguration(string Name) : NetworkFunctions.NetworkFunctionConfiguration(Name);
}
