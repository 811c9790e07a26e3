using Grpc.Core;
using Grpc.Core.Interceptors;
using Metron.Cli.Client;

namespace Metron.Cli.Tests.Client;

public sealed class CallPolicyTests
{
    private static readonly Exception NoConnection = new HttpRequestException(HttpRequestError.ConnectionError, "connection refused");
    private static readonly Exception Interrupted = new HttpRequestException(HttpRequestError.ResponseEnded, "the response ended");

    [Theory]
    [InlineData("GetServiceChain")]
    [InlineData("CreateServiceChain")]
    public async Task A_call_that_finds_nobody_is_tried_twice_more(string method)
    {
        var calls = new Calls(method, NoConnection, NoConnection);

        Assert.Equal("answer", await calls.RunAsync());
        Assert.Equal(3, calls.Count);
    }

    [Fact]
    public async Task After_the_third_try_the_failure_is_the_callers()
    {
        var calls = new Calls("GetServiceChain", NoConnection, NoConnection, NoConnection, NoConnection);

        var failure = await Assert.ThrowsAsync<RpcException>(calls.RunAsync);

        Assert.Same(NoConnection, failure.Status.DebugException);
        Assert.Equal(3, calls.Count);
    }

    [Fact]
    public async Task A_read_is_repeated_when_its_answer_was_cut_off() =>
        Assert.Equal("answer", await new Calls("ListServiceChains", Interrupted).RunAsync());

    [Fact]
    public async Task A_change_is_not_repeated_when_it_may_have_been_made()
    {
        var calls = new Calls("UpdateServiceChain", Interrupted);

        await Assert.ThrowsAsync<RpcException>(calls.RunAsync);

        Assert.Equal(1, calls.Count);
    }

    [Fact]
    public async Task What_the_controller_itself_says_is_final()
    {
        var calls = new Calls("GetSwitch", [null]);

        await Assert.ThrowsAsync<RpcException>(calls.RunAsync);

        Assert.Equal(1, calls.Count);
    }

    /// <summary>A method that fails in the given ways (null: by the controller's own word) before it answers.</summary>
    private sealed class Calls(string method, params Exception?[] failures)
    {
        private static readonly Marshaller<string> Text = Marshallers.StringMarshaller;

        public int Count { get; private set; }

        public async Task<string> RunAsync()
        {
            var context = new ClientInterceptorContext<string, string>(
                new Method<string, string>(MethodType.Unary, "metron.v1.ServiceChains", method, Text, Text), null, default);
            using var call = new CallPolicy(new Hasty()).AsyncUnaryCall("request", context, (_, _) => Next());
            return await call;
        }

        private AsyncUnaryCall<string> Next()
        {
            var answer = Count < failures.Length
                ? Task.FromException<string>(new RpcException(new Status(StatusCode.Unavailable, "unavailable", failures[Count])))
                : Task.FromResult("answer");
            Count++;
            return new AsyncUnaryCall<string>(answer, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }
    }

    // Every pause is over at once.
    private sealed class Hasty : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
