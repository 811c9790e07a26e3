using System.Globalization;

namespace Metron.Bench.Processes;

/// <summary>CPU time of a process's threads (/proc/PID/task/TID/stat, fields utime and stime, in ticks of 10 ms).</summary>
internal static class BusyTime
{
    private const double SecondsPerTick = 0.01;

    /// <summary>CPU seconds by thread id.</summary>
    public static IReadOnlyDictionary<string, double> Read(int process)
    {
        var times = new Dictionary<string, double>();
        foreach (var thread in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
        {
            try
            {
                // The name in parentheses may hold spaces; what follows it begins with field 3.
                var stat = File.ReadAllText(Path.Combine(thread, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                times[Path.GetFileName(thread)] = SecondsPerTick
                    * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture));
            }
            catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
            {
                // A thread that has ended meanwhile was not the worker.
            }
        }

        return times;
    }

    /// <summary>CPU seconds of the busiest thread between two readings: the worker's.</summary>
    public static double OfBusiest(IReadOnlyDictionary<string, double> from, IReadOnlyDictionary<string, double> until) =>
        until.Max(thread => thread.Value - from.GetValueOrDefault(thread.Key));
}
