using Grpc.Core;
using Metron.Cli.Client;
using Metron.Cli.Output;

namespace Metron.Cli.Commands;

/// <summary>Waits for chains to get into force, or to be gone.</summary>
internal static class ChainWaiter
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Waits until each chain is ready in the revision that was applied, or a later one.</summary>
    /// <exception cref="CommandException">Not in time: says which condition is missing.</exception>
    public static Task UntilReadyAsync(
        Session session, Controller controller, IReadOnlyList<V1.ServiceChain> chains, TimeSpan timeout, CancellationToken cancellation) =>
        UntilAsync(
            session,
            chains,
            async chain =>
            {
                var now = await controller.FindChainAsync(chain.Name, cancellation)
                    ?? throw new CommandException(ExitCode.NotFound, $"chain '{chain.Name}' was deleted while waiting for it");
                return now.Status?.State == V1.ChainState.Ready && now.Status.RunningRevision >= chain.Revision
                    ? (true, string.Empty)
                    : (false, $"chain '{chain.Name}' is not ready after {Seconds(timeout)}: {Reason(now)}");
            },
            chain => $"chain/{chain.Name} ready",
            timeout,
            cancellation);

    /// <summary>Waits until each chain is gone.</summary>
    /// <exception cref="CommandException">Not in time.</exception>
    public static Task UntilGoneAsync(
        Session session, Controller controller, IReadOnlyList<V1.ServiceChain> chains, TimeSpan timeout, CancellationToken cancellation) =>
        UntilAsync(
            session,
            chains,
            async chain => await controller.FindChainAsync(chain.Name, cancellation) is { } now
                ? (false, $"chain '{chain.Name}' is still there after {Seconds(timeout)}: {Reason(now)}")
                : (true, string.Empty),
            chain => $"chain/{chain.Name} gone",
            timeout,
            cancellation);

    /// <summary>Why a chain is not ready: the first condition that does not hold.</summary>
    public static string Reason(V1.ServiceChain chain)
    {
        var missing = chain.Status?.Conditions.FirstOrDefault(condition => condition.Status != V1.ConditionStatus.True);
        return missing is null
            ? chain.Status is { State: not V1.ChainState.Unspecified } status ? $"it is {Text.Name(status.State)}" : "its state is not known"
            : missing.Message.Length > 0 ? $"{missing.Type}: {missing.Message}" : $"{missing.Type}: {missing.Reason}";
    }

    private static async Task UntilAsync(
        Session session,
        IReadOnlyList<V1.ServiceChain> chains,
        Func<V1.ServiceChain, Task<(bool Done, string Problem)>> check,
        Func<V1.ServiceChain, string> done,
        TimeSpan timeout,
        CancellationToken cancellation)
    {
        var time = session.Terminal.Time;
        var deadline = time.GetUtcNow() + timeout;
        foreach (var chain in chains)
        {
            for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                var (isDone, problem) = await CheckAsync(check, chain);
                if (isDone)
                {
                    break;
                }

                var left = deadline - time.GetUtcNow();
                if (left <= TimeSpan.Zero)
                {
                    throw new CommandException(ExitCode.Timeout, problem);
                }

                await Task.Delay(left < pause ? left : pause, time, cancellation);
            }

            await session.Terminal.Error.WriteLineAsync(done(chain));
        }
    }

    // A controller that restarts while we wait is no reason to give up before the time is over.
    private static async Task<(bool Done, string Problem)> CheckAsync(
        Func<V1.ServiceChain, Task<(bool Done, string Problem)>> check, V1.ServiceChain chain)
    {
        try
        {
            return await check(chain);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
        {
            return (false, $"chain '{chain.Name}': the controller could not be reached while waiting");
        }
    }

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)} s";
}
