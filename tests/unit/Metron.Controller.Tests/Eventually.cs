using System.Diagnostics;

namespace Metron.Controller.Tests;

/// <summary>Waits for conditions, with a deadline that only a broken test meets.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(30);

    /// <summary>Waits until something is there and returns it.</summary>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> look)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < _deadline)
        {
            if (await look() is { } found)
            {
                return found;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException($"{what} did not come about within {_deadline.TotalSeconds} s");
    }

    /// <summary>Waits until something holds.</summary>
    public static Task HoldsAsync(string what, Func<bool> holds) =>
        GetAsync(what, () => Task.FromResult(holds() ? "yes" : null));

    /// <summary>Waits until something holds.</summary>
    public static Task HoldsAsync(string what, Func<Task<bool>> holds) =>
        GetAsync(what, async () => await holds() ? "yes" : null);
}
