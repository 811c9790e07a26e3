using System.Threading.Channels;
using Grpc.Core;
using Metron.Agent.Load;
using Metron.Agent.Programs;
using Microsoft.Extensions.Logging;

namespace Metron.Agent.Control;

/// <summary>
/// One stream to the controller, from registration to its end: carries out what the controller says in the order in which it says it, acknowledges
/// each by its sequence, and reports load.
/// </summary>
internal sealed class ControllerSession(
    V1.AgentControl.AgentControlClient client,
    string address,
    Func<V1.Registration> describe,
    ProgramRegistry programs,
    LoadReporter reporter,
    TimeProvider time,
    ILogger log)
{
    private static readonly TimeSpan WelcomeTimeout = TimeSpan.FromSeconds(10);

    private readonly Channel<V1.AgentMessage> _outgoing = Channel.CreateUnbounded<V1.AgentMessage>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Connects, registers and serves the stream until it ends.</summary>
    /// <param name="stop">Ends the session from this side; a change under way is finished first.</param>
    /// <exception cref="RpcException">No connection, refused, or the stream broke.</exception>
    /// <exception cref="TimeoutException">The controller did not answer the registration.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var call = client.Connect(cancellationToken: ending.Token);
        var welcome = await RegisterAsync(call, ending.Token);
        var interval = TimeSpan.FromSeconds(Math.Max(1, welcome.LoadIntervalSeconds));
        AgentLog.Connected(log, welcome.ControllerVersion, address, interval);

        Task[] tasks =
        [
            ReadAsync(call.ResponseStream, ending.Token),
            WriteAsync(call.RequestStream, ending.Token),
            ReportAsync(interval, ending.Token),
            BeatAsync(TimeSpan.FromMilliseconds(welcome.HeartbeatMilliseconds), ending.Token),
        ];
        var first = await Task.WhenAny(tasks);
        await ending.CancelAsync();
        await Task.WhenAll(tasks).ContinueWith(_ => { }, TaskScheduler.Default);
        stop.ThrowIfCancellationRequested();
        await first;
    }

    private async Task<V1.Welcome> RegisterAsync(AsyncDuplexStreamingCall<V1.AgentMessage, V1.ControllerMessage> call, CancellationToken cancellation)
    {
        await call.RequestStream.WriteAsync(new V1.AgentMessage { Registration = describe() }, cancellation);
        if (!await call.ResponseStream.MoveNext(cancellation).WaitAsync(WelcomeTimeout, time, cancellation))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the controller closed the stream before it answered the registration"));
        }

        return call.ResponseStream.Current.MessageCase == V1.ControllerMessage.MessageOneofCase.Welcome
            ? call.ResponseStream.Current.Welcome
            : throw new RpcException(new Status(StatusCode.FailedPrecondition, "the controller answered the registration with something else than a welcome"));
    }

    private async Task ReadAsync(IAsyncStreamReader<V1.ControllerMessage> stream, CancellationToken cancellation)
    {
        while (await stream.MoveNext(cancellation))
        {
            await HandleAsync(stream.Current);
        }
    }

    private async Task HandleAsync(V1.ControllerMessage message)
    {
        switch (message.MessageCase)
        {
            case V1.ControllerMessage.MessageOneofCase.Deploy:
                Acknowledge(message.Sequence, message.Deploy.Chain, message.Deploy.Revision, await programs.DeployAsync(message.Deploy));
                break;
            case V1.ControllerMessage.MessageOneofCase.Undeploy:
                var (chain, revision) = (message.Undeploy.Chain, message.Undeploy.Revision);
                Acknowledge(message.Sequence, chain, revision, await programs.UndeployAsync(chain, revision));
                break;
            default:
                AgentLog.UnknownMessage(log, address, message.Sequence);
                break;
        }
    }

    private void Acknowledge(ulong sequence, string chain, long revision, string error) => _outgoing.Writer.TryWrite(new V1.AgentMessage
    {
        Acknowledgement = new V1.Acknowledgement { Sequence = sequence, Chain = chain, Revision = revision, Error = error },
    });

    private async Task WriteAsync(IClientStreamWriter<V1.AgentMessage> stream, CancellationToken cancellation)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellation))
        {
            await stream.WriteAsync(message, cancellation);
        }
    }

    /// <summary>Gives signs of life, also while a report or a deployment takes long.</summary>
    private async Task BeatAsync(TimeSpan interval, CancellationToken cancellation)
    {
        if (interval == TimeSpan.Zero)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        }

        using var timer = new PeriodicTimer(interval, time);
        do
        {
            _outgoing.Writer.TryWrite(new V1.AgentMessage { Heartbeat = new V1.Heartbeat() });
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    private async Task ReportAsync(TimeSpan interval, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                _outgoing.Writer.TryWrite(new V1.AgentMessage { Load = await reporter.ReportAsync(cancellation) });
            }
            catch (TimeoutException failure)
            {
                AgentLog.NoLoadReport(log, failure.Message);
            }
        }
    }
}
