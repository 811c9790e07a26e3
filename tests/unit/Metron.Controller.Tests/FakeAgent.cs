using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;

namespace Metron.Controller.Tests;

/// <summary>An agent that acknowledges what it is told, over the real stream.</summary>
internal sealed class FakeAgent : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<V1.AgentMessage, V1.ControllerMessage> _call;
    private readonly Task _reading;

    private FakeAgent(GrpcChannel channel, string server, IEnumerable<V1.DeployedChain> running)
    {
        _channel = channel;
        Server = server;
        foreach (var chain in running)
        {
            Running[(chain.Chain, chain.Revision)] = chain;
        }

        _call = new V1.AgentControl.AgentControlClient(channel).Connect();
        _reading = ReadAsync();
    }

    public string Server { get; }

    /// <summary>What it runs, by chain and revision.</summary>
    public ConcurrentDictionary<(string Chain, long Revision), V1.DeployedChain> Running { get; } = new();

    /// <summary>Programs as they were deployed.</summary>
    public ConcurrentDictionary<(string Chain, long Revision), V1.ResidualProgram> Programs { get; } = new();

    /// <summary>Everything it was told, in order.</summary>
    public ConcurrentQueue<V1.ControllerMessage> Received { get; } = new();

    /// <summary>What it answers to a deploy: empty to take it, null for no answer.</summary>
    public Func<V1.ResidualProgram, string?> OnDeploy { get; set; } = _ => string.Empty;

    /// <summary>Runs with each undeploy.</summary>
    public Action<V1.Undeploy> OnUndeploy { get; set; } = _ => { };

    /// <summary>How the stream ended.</summary>
    public StatusCode? Ended { get; private set; }

    public IEnumerable<V1.ResidualProgram> Deploys => Received.Where(m => m.Deploy is not null).Select(m => m.Deploy);

    public IEnumerable<V1.Undeploy> Undeploys => Received.Where(m => m.Undeploy is not null).Select(m => m.Undeploy);

    public static V1.ServerResources Resources(int workers = 2) => new()
    {
        AgentVersion = "0.1.0",
        DpdkVersion = "22.11",
        Ports =
        {
            Enumerable.Range(0, workers).Select(i => new V1.ServerPort
            {
                Index = (uint)i,
                Device = $"net_af_packet{i}",
                Switch = "br0",
                SwitchPort = (uint)(101 + i),
                Dispatch = "port-per-worker",
            }),
        },
        Workers = { Enumerable.Range(0, workers).Select(i => new V1.Worker { Index = (uint)i, Core = (uint)i, Port = (uint)i }) },
    };

    /// <summary>Connects, registers, and waits for the welcome.</summary>
    public static Task<FakeAgent> ConnectAsync(
        ControllerUnderTest controller, string server = "s1", int workers = 2, IEnumerable<V1.DeployedChain>? running = null, V1.ServerResources? resources = null) =>
        ConnectAsync(controller.Open(), server, workers, running, resources);

    /// <summary>Connects by a channel of its own, registers, and waits for the welcome.</summary>
    public static async Task<FakeAgent> ConnectAsync(
        GrpcChannel channel, string server = "s1", int workers = 2, IEnumerable<V1.DeployedChain>? running = null, V1.ServerResources? resources = null)
    {
        var agent = new FakeAgent(channel, server, running ?? []);
        await agent.SendAsync(new V1.AgentMessage
        {
            Registration = new V1.Registration { Server = server, Resources = resources ?? Resources(workers), DeployedChains = { agent.Running.Values } },
        });
        await Eventually.HoldsAsync("the welcome", () => agent.Received.Any(message => message.Welcome is not null) || agent.Ended is not null);
        return agent;
    }

    public Task SendAsync(V1.AgentMessage message) => _call.RequestStream.WriteAsync(message);

    public Task ReportAsync(V1.ServerLoad load) => SendAsync(new V1.AgentMessage { Load = load });

    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        await _reading;
        _channel.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var message in _call.ResponseStream.ReadAllAsync())
            {
                Received.Enqueue(message);
                await AnswerAsync(message);
            }

            Ended = StatusCode.OK;
        }
        catch (RpcException error)
        {
            Ended = error.StatusCode;
        }
        catch (InvalidOperationException)
        {
            // The stream was completed while an answer was being written.
            Ended = StatusCode.Cancelled;
        }
    }

    private async Task AnswerAsync(V1.ControllerMessage message)
    {
        var (chain, revision, error) = ("", 0L, (string?)null);
        if (message.Deploy is { } program)
        {
            (chain, revision, error) = (program.Chain, program.Revision, OnDeploy(program));
            if (error is { Length: 0 })
            {
                Programs[(chain, revision)] = program;
                Running[(chain, revision)] = new V1.DeployedChain { Chain = chain, Revision = revision, Digest = program.Digest };
            }
        }
        else if (message.Undeploy is { } undeploy)
        {
            (chain, revision, error) = (undeploy.Chain, undeploy.Revision, string.Empty);
            OnUndeploy(undeploy);
            Running.TryRemove((chain, revision), out _);
        }

        if (error is not null)
        {
            await SendAsync(new V1.AgentMessage
            {
                Acknowledgement = new V1.Acknowledgement { Sequence = message.Sequence, Chain = chain, Revision = revision, Error = error },
            });
        }
    }
}
