using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Metron.Agent.Tests;

/// <summary>A controller that welcomes agents, says what the test says, and keeps what agents send.</summary>
internal sealed class FakeController : V1.AgentControl.AgentControlBase, IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Channel<Stream> _streams = Channel.CreateUnbounded<Stream>();
    private WebApplication? _application;

    /// <summary>Path of the Unix socket that it listens on.</summary>
    public required string Socket { get; init; }

    /// <summary>Makes one on a socket of its own.</summary>
    public static async Task<FakeController> StartAsync(string socket)
    {
        var controller = new FakeController { Socket = socket };
        File.Delete(socket);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(controller);
        controller._application = builder.Build();
        controller._application.MapGrpcService<FakeController>();
        await controller._application.StartAsync();
        return controller;
    }

    /// <summary>The next stream that an agent opens.</summary>
    public async Task<Stream> AcceptAsync() => await _streams.Reader.ReadAsync().AsTask().WaitAsync(Deadline);

    public override async Task Connect(
        IAsyncStreamReader<V1.AgentMessage> requestStream, IServerStreamWriter<V1.ControllerMessage> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken))
        {
            return;
        }

        var stream = new Stream(requestStream.Current.Registration, responseStream);
        await responseStream.WriteAsync(new V1.ControllerMessage { Sequence = 1, Welcome = new V1.Welcome { ControllerVersion = "9.9", LoadIntervalSeconds = 1, HeartbeatMilliseconds = 50 } });
        await _streams.Writer.WriteAsync(stream);
        try
        {
            while (await requestStream.MoveNext(context.CancellationToken).WaitAsync(stream.Closing))
            {
                stream.Take(requestStream.Current);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            // The agent went away, or the test closed the stream.
        }

        stream.Over();
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _application!.StopAsync(atOnce.Token);
        await _application.DisposeAsync();
        File.Delete(Socket);
    }

    /// <summary>One agent's stream.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The token source has no timer or wait handle to dispose of.")]
    internal sealed class Stream(V1.Registration registration, IServerStreamWriter<V1.ControllerMessage> toAgent)
    {
        private readonly Channel<V1.AgentMessage> _messages = Channel.CreateUnbounded<V1.AgentMessage>();
        private readonly CancellationTokenSource _closing = new();
        private ulong _sequence = 1;

        public V1.Registration Registration { get; } = registration;

        public CancellationToken Closing => _closing.Token;

        public void Close() => _closing.Cancel();

        public void Take(V1.AgentMessage message) => _messages.Writer.TryWrite(message);

        public void Over() => _messages.Writer.TryComplete();

        /// <summary>Sends, and waits for the acknowledgement of it.</summary>
        public async Task<V1.Acknowledgement> CallAsync(V1.ControllerMessage message)
        {
            await SendAsync(message);
            return (await ReceiveAsync(V1.AgentMessage.MessageOneofCase.Acknowledgement)).Acknowledgement;
        }

        public Task SendAsync(V1.ControllerMessage message)
        {
            message.Sequence = ++_sequence;
            return toAgent.WriteAsync(message);
        }

        /// <summary>The next message of a kind; others are passed over.</summary>
        public async Task<V1.AgentMessage> ReceiveAsync(V1.AgentMessage.MessageOneofCase kind)
        {
            using var deadline = new CancellationTokenSource(Deadline);
            await foreach (var message in _messages.Reader.ReadAllAsync(deadline.Token))
            {
                if (message.MessageCase == kind)
                {
                    return message;
                }
            }

            throw new InvalidOperationException("the stream is over");
        }

        /// <summary>Waits until the agent has ended the stream; what it sent until then is passed over.</summary>
        public async Task EndAsync()
        {
            using var deadline = new CancellationTokenSource(Deadline);
            await foreach (var _ in _messages.Reader.ReadAllAsync(deadline.Token))
            {
            }
        }
    }
}
