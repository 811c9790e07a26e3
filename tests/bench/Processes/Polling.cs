using System.Diagnostics;

namespace Metron.Bench.Processes;

/// <summary>Waits for what another process or thread does.</summary>
internal static class Polling
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until a condition holds.</summary>
    /// <returns>False when it does not in time.</returns>
    public static bool Until(Func<bool> condition)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Deadline; Task.Delay(Interval).Wait())
        {
            if (condition())
            {
                return true;
            }
        }

        return false;
    }
}
