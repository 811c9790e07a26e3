using System.Diagnostics;

namespace Metron.IntegrationTests.Lab;

/// <summary>Waits for conditions, never for time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="what">What is waited for, as a sentence: "chain web is ready".</param>
    /// <param name="look">Tells what is there: null when the condition holds, otherwise what is seen instead.</param>
    /// <param name="seconds">How long at most.</param>
    public static Task HoldsAsync(string what, Func<Task<string?>> look, int seconds = 20) =>
        GetAsync<string>(what, async () => await look() is { } other ? (null, other) : (what, null), seconds);

    /// <summary>Waits until there is a value.</summary>
    /// <param name="what">What is waited for.</param>
    /// <param name="look">The value, or null and what is seen instead.</param>
    /// <param name="seconds">How long at most.</param>
    public static async Task<T> GetAsync<T>(string what, Func<Task<(T? Value, string? Instead)>> look, int seconds = 20)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            string? seen;
            try
            {
                var (value, instead) = await look();
                if (value is not null)
                {
                    return value;
                }

                seen = instead;
            }
            catch (Exception error) when (error is Grpc.Core.RpcException or HttpRequestException or IOException)
            {
                seen = error.Message;
            }

            if (watch.Elapsed.TotalSeconds > seconds)
            {
                throw new TimeoutException($"after {seconds} s still not so: {what}. Seen instead: {seen}");
            }

            await Task.Delay(Pause);
        }
    }
}
