using Grpc.Core;
using Grpc.Core.Interceptors;
using Polly;
using Polly.Retry;

namespace Metron.Cli.Client;

/// <summary>
/// Tries a call again, at most twice within about a second, when it did not get through: a controller that is just being restarted is no
/// failure. Calls that change something are repeated only if no connection could be made at all, so that nothing is done twice.
/// </summary>
internal sealed class CallPolicy(TimeProvider time) : Interceptor
{
    private const int MoreTries = 2;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly ResiliencePipeline _reads = Pipeline(time, IsNotAnswered);
    private readonly ResiliencePipeline _writes = Pipeline(time, IsNotSent);

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        ArgumentNullException.ThrowIfNull(continuation);
        var pipeline = IsRead(context.Method.Name) ? _reads : _writes;
        AsyncUnaryCall<TResponse>? last = null;
        var response = pipeline.ExecuteAsync(
            async _ =>
            {
                last?.Dispose();
                last = continuation(request, context);
                return await last.ResponseAsync;
            },
            context.Options.CancellationToken).AsTask();
        return new AsyncUnaryCall<TResponse>(
            response,
            HeadersAsync(),
            () => last!.GetStatus(),
            () => last!.GetTrailers(),
            () => last?.Dispose());

        async Task<Metadata> HeadersAsync()
        {
            await response;
            return await last!.ResponseHeadersAsync;
        }
    }

    private static ResiliencePipeline Pipeline(TimeProvider time, Func<RpcException, bool> shouldRepeat) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle(shouldRepeat),
                MaxRetryAttempts = MoreTries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
            })
            .Build();

    // The API's standard names of methods without effect (AIP-131, AIP-132).
    private static bool IsRead(string method) =>
        method.StartsWith("Get", StringComparison.Ordinal) || method.StartsWith("List", StringComparison.Ordinal);

    private static bool IsNotAnswered(RpcException error) => error.StatusCode == StatusCode.Unavailable && !RpcFailure.IsAnswer(error);

    private static bool IsNotSent(RpcException error) =>
        IsNotAnswered(error) && error.Status.DebugException is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };
}
