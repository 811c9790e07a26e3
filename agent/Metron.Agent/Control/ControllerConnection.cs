using Grpc.Core;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Metron.Agent.Control;

/// <summary>
/// Keeps a session with the controller: when one ends, it dials again, at once after a session that lasted, otherwise after a delay that grows
/// from try to try and is spread at random, so that a thousand agents do not come back at the same moment. What runs is not touched.
/// </summary>
internal sealed class ControllerConnection(string address, Func<ControllerSession> createSession, TimeProvider time, ILogger log)
{
    /// <summary>A session of at least this length counts as one that worked.</summary>
    private static readonly TimeSpan LastingSession = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>Runs until it is stopped.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        var pipeline = BuildPipeline();
        while (true)
        {
            // Comes back only after a session that lasted: the count of attempts begins anew.
            await pipeline.ExecuteAsync(RunSessionAsync, stop);
        }
    }

    private ResiliencePipeline BuildPipeline() => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<SessionFailedException>(),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstDelay,
            MaxDelay = LongestDelay,
            OnRetry = retry =>
            {
                AgentLog.NotConnected(log, address, retry.Outcome.Exception!.Message, retry.RetryDelay);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    private async ValueTask RunSessionAsync(CancellationToken stop)
    {
        var begin = time.GetTimestamp();
        string reason;
        try
        {
            await createSession().RunAsync(stop);
            reason = "the controller closed the stream";
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            reason = failure is RpcException { Status: var status } ? $"{status.StatusCode}: {Describe(status)}" : failure.Message;
        }

        stop.ThrowIfCancellationRequested();
        if (time.GetElapsedTime(begin) < LastingSession)
        {
            throw new SessionFailedException(reason);
        }

        AgentLog.NotConnected(log, address, reason, TimeSpan.Zero);
    }

    private static string Describe(Status status) => status.DebugException?.GetBaseException().Message is { Length: > 0 } cause ? cause : status.Detail;

    private sealed class SessionFailedException(string message) : Exception(message);
}
