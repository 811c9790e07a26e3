using Grpc.Core;
using Metron.Controller.Configuration;
using Metron.Controller.Hosting;

namespace Metron.Controller.Agents;

/// <summary>The stream between an agent and the controller. Between agents and controller only.</summary>
public sealed class AgentControlService(
    AgentDirectory directory, ControllerConfiguration configuration, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<AgentControlService> log)
    : V1.AgentControl.AgentControlBase
{
    /// <inheritdoc/>
    public override async Task Connect(
        IAsyncStreamReader<V1.AgentMessage> requestStream, IServerStreamWriter<V1.ControllerMessage> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var registration = await ReadRegistrationAsync(requestStream, context, stop.Token);
        var session = directory.Register(registration);
        var reason = "it closed the connection";
        try
        {
            session.Post(new V1.ControllerMessage
            {
                Welcome = new V1.Welcome
                {
                    ControllerVersion = ControllerVersion.Text,
                    LoadIntervalSeconds = (uint)Math.Max(1, configuration.Timings.LoadInterval.TotalSeconds),
                    HeartbeatMilliseconds = (uint)configuration.Timings.Heartbeat.TotalMilliseconds,
                },
            });
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, session.Ended);
            var writing = WriteAsync(session, responseStream, over.Token);
            await ReadAsync(session, requestStream, over.Token);
            session.End(replaced: false);
            await writing;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or RpcException or InvalidOperationException)
        {
            reason = session.WasReplaced ? "replaced by a newer connection" : lifetime.ApplicationStopping.IsCancellationRequested ? "the controller stops" : error.Message;
        }
        finally
        {
            directory.Unregister(session, reason);
        }

        if (session.WasReplaced)
        {
            throw new RpcException(new Status(StatusCode.Aborted, $"a newer connection of server {session.Server} replaced this one"));
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the controller stops"));
        }
    }

    private static async Task WriteAsync(AgentSession session, IServerStreamWriter<V1.ControllerMessage> stream, CancellationToken cancellation)
    {
        try
        {
            await foreach (var message in session.Outgoing.ReadAllAsync(cancellation))
            {
                await stream.WriteAsync(message, cancellation);
            }
        }
        finally
        {
            // Whoever waits for an answer learns at once that the message did not go out.
            session.End(replaced: false);
        }
    }

    private async Task<V1.Registration> ReadRegistrationAsync(
        IAsyncStreamReader<V1.AgentMessage> stream, ServerCallContext context, CancellationToken cancellation)
    {
        var first = stream.MoveNext(cancellation).WaitAsync(configuration.Timings.AnswerTimeout, time, cancellation);
        try
        {
            if (await first && stream.Current.MessageCase == V1.AgentMessage.MessageOneofCase.Registration)
            {
                var problems = RegistrationCheck.Problems(stream.Current.Registration);
                return problems.Count == 0 ? stream.Current.Registration : throw ApiErrors.InvalidArgument("the registration is wrong", problems);
            }
        }
        catch (TimeoutException)
        {
            AgentLog.Refused(log, context.Peer, "no registration in time");
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "no registration arrived in time"));
        }
        catch (RpcException error)
        {
            AgentLog.Refused(log, context.Peer, error.Status.Detail);
            throw;
        }

        AgentLog.Refused(log, context.Peer, "the first message was no registration");
        throw new RpcException(new Status(StatusCode.FailedPrecondition, "the first message must be a registration"));
    }

    private async Task ReadAsync(AgentSession session, IAsyncStreamReader<V1.AgentMessage> stream, CancellationToken cancellation)
    {
        while (await stream.MoveNext(cancellation))
        {
            session.Heard(stream.Current.MessageCase == V1.AgentMessage.MessageOneofCase.Heartbeat);
            switch (stream.Current.MessageCase)
            {
                case V1.AgentMessage.MessageOneofCase.Heartbeat:
                    break;
                case V1.AgentMessage.MessageOneofCase.Acknowledgement:
                    if (!session.Acknowledge(stream.Current.Acknowledgement))
                    {
                        AgentLog.UnexpectedAcknowledgement(log, session.Server, stream.Current.Acknowledgement.Sequence);
                    }

                    break;
                case V1.AgentMessage.MessageOneofCase.Load:
                    directory.Report(session, stream.Current.Load);
                    break;
                case V1.AgentMessage.MessageOneofCase.Registration:
                    throw new RpcException(new Status(StatusCode.FailedPrecondition, "a stream has one registration"));
                default:
                    // A newer agent may send more than this controller knows.
                    break;
            }
        }
    }
}
