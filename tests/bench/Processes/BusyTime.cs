using System.Globalization;

namespace Metron.Bench.Processes;

/// <summary>CPU time of a process's threads (/proc/PID/task/TID/stat, fields utime and stime, in ticks of 10 ms).</summary>
internal static class BusyTime
{
    private const double SecondsPerTick = 0.01;

    /// <summary>CPU seconds by thread id.</summary>
    public static IReadOnlyDictionary<string, double> Read(int process) => ReadThreads(process).ToDictionary(thread => thread.Id, thread => thread.Seconds);

    /// <summary>CPU seconds by the threads' names; threads of the same name together.</summary>
    public static IReadOnlyDictionary<string, double> ReadByName(int process) =>
        ReadThreads(process).GroupBy(thread => thread.Name).ToDictionary(name => name.Key, name => name.Sum(thread => thread.Seconds));

    private static IEnumerable<(string Id, string Name, double Seconds)> ReadThreads(int process)
    {
        foreach (var thread in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(thread, "stat"));
            }
            catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
            {
                // A thread that has ended meanwhile was not the worker.
                continue;
            }

            // The name in parentheses may hold spaces; what follows it begins with field 3.
            var (nameStart, nameEnd) = (stat.IndexOf('(', StringComparison.Ordinal) + 1, stat.LastIndexOf(')'));
            var fields = stat[(nameEnd + 2)..].Split(' ');
            var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            yield return (Path.GetFileName(thread), stat[nameStart..nameEnd], SecondsPerTick * ticks);
        }
    }

    /// <summary>CPU seconds of the busiest threads between two readings: the workers'.</summary>
    public static double OfBusiest(IReadOnlyDictionary<string, double> from, IReadOnlyDictionary<string, double> until, int threads) =>
        until.Select(thread => thread.Value - from.GetValueOrDefault(thread.Key)).OrderDescending().Take(threads).Sum();
}
