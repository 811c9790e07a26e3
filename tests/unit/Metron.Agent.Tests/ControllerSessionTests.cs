using Metron.Agent.Configuration;
using Metron.Agent.Control;
using Metron.Agent.Load;
using Metron.Agent.Programs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.Agent.Tests;

[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Disposed of by IAsyncLifetime.DisposeAsync.")]
public sealed class ControllerSessionTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("metron-agent-tests-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeRunner _runner = new();
    private Task _running = Task.CompletedTask;
    private FakeController _controller = null!;

    private string Socket => Path.Combine(_directory, "controller.sock");

    public async Task InitializeAsync()
    {
        _controller = await FakeController.StartAsync(Socket);
        var registry = new ProgramRegistry(_runner, new FakeRules(_runner), NullLogger.Instance);
        var reporter = new LoadReporter("server1", _runner, TimeProvider.System);
        V1.Registration Describe() => new() { Server = "server1", Resources = new V1.ServerResources(), DeployedChains = { registry.Deployed } };

        Assert.True(ControllerAddress.TryParse($"unix:{Socket}", out var address));
        var channel = ControllerChannel.Open(address, new TlsFiles(null, null, null));
        var client = new V1.AgentControl.AgentControlClient(channel);
        ControllerSession Create() => new(client, Socket, Describe, registry, reporter, TimeProvider.System, NullLogger.Instance);

        _running = new ControllerConnection(Socket, Create, TimeProvider.System, NullLogger.Instance).RunAsync(_stop.Token);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        await _controller.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        _stop.Dispose();
    }

    [Fact]
    public async Task Deploy_and_undeploy_are_acknowledged_by_their_sequence_in_order()
    {
        var stream = await _controller.AcceptAsync();
        Assert.Equal("server1", stream.Registration.Server);
        Assert.Empty(stream.Registration.DeployedChains);

        Assert.Equal(
            new V1.Acknowledgement { Sequence = 2, Chain = "web", Revision = 4 },
            await stream.CallAsync(new V1.ControllerMessage { Deploy = TestPrograms.Monitor("web", 4) }));
        Assert.Equal(
            new V1.Acknowledgement { Sequence = 3, Chain = "web", Revision = 4 },
            await stream.CallAsync(new V1.ControllerMessage { Undeploy = new V1.Undeploy { Chain = "web", Revision = 4 } }));
        Assert.Equal(["deploy web 4", "add rules web 4", "remove rules web 4", "undeploy web 4"], _runner.Calls);
    }

    [Fact]
    public async Task A_refused_program_is_acknowledged_with_the_reason()
    {
        var stream = await _controller.AcceptAsync();
        var program = TestPrograms.Monitor();
        program.Functions.Clear();

        var answer = await stream.CallAsync(new V1.ControllerMessage { Deploy = program });

        Assert.Equal(2ul, answer.Sequence);
        Assert.Contains("'mon'", answer.Error.Replace('"', '\''), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_an_unknown_kind_is_passed_over()
    {
        var stream = await _controller.AcceptAsync();
        await stream.SendAsync(new V1.ControllerMessage());

        Assert.Equal(3ul, (await stream.CallAsync(new V1.ControllerMessage { Deploy = TestPrograms.Monitor() })).Sequence);
    }

    [Fact]
    public async Task Load_is_reported()
    {
        var stream = await _controller.AcceptAsync();
        var load = (await stream.ReceiveAsync(V1.AgentMessage.MessageOneofCase.Load)).Load;

        Assert.Equal("server1", load.Server);
        Assert.Single(load.Workers);
        Assert.InRange(load.Interval.ToTimeSpan(), TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Signs_of_life_are_given_as_often_as_the_controller_says()
    {
        var stream = await _controller.AcceptAsync();
        for (var beat = 0; beat < 5; beat++)
        {
            await stream.ReceiveAsync(V1.AgentMessage.MessageOneofCase.Heartbeat);
        }
    }

    [Fact]
    public async Task After_a_broken_stream_the_agent_comes_back_and_says_what_it_runs()
    {
        var first = await _controller.AcceptAsync();
        await first.CallAsync(new V1.ControllerMessage { Deploy = TestPrograms.Monitor("web", 4) });
        first.Close();

        var second = await _controller.AcceptAsync();

        Assert.Equal(("web", 4), (Assert.Single(second.Registration.DeployedChains).Chain, second.Registration.DeployedChains[0].Revision));
        Assert.Equal(["deploy web 4", "add rules web 4"], _runner.Calls);
    }

    [Fact]
    public async Task After_the_controller_was_away_the_agent_comes_back_and_says_what_it_runs()
    {
        var first = await _controller.AcceptAsync();
        await first.CallAsync(new V1.ControllerMessage { Deploy = TestPrograms.Monitor("web", 4) });
        await _controller.DisposeAsync();
        _controller = await FakeController.StartAsync(Socket);

        var second = await _controller.AcceptAsync();

        Assert.Equal("web", Assert.Single(second.Registration.DeployedChains).Chain);
        Assert.Equal(2ul, (await second.CallAsync(new V1.ControllerMessage { Undeploy = new V1.Undeploy { Chain = "web", Revision = 4 } })).Sequence);
    }

    [Fact]
    public async Task A_deployment_under_way_when_the_stream_breaks_is_told_on_the_next_one()
    {
        var gate = new TaskCompletionSource();
        _runner.Gate = gate.Task;
        var first = await _controller.AcceptAsync();
        await first.SendAsync(new V1.ControllerMessage { Deploy = TestPrograms.Monitor("web", 4) });
        Assert.True(SpinWait.SpinUntil(() => !_runner.Calls.IsEmpty, TimeSpan.FromSeconds(30)));
        first.Close();
        gate.SetResult();

        var second = await _controller.AcceptAsync();

        Assert.Equal("web", Assert.Single(second.Registration.DeployedChains).Chain);
    }
}
