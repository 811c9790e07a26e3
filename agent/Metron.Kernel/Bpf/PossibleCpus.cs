using System.Globalization;

namespace Metron.Kernel.Bpf;

/// <summary>CPUs that the kernel has room for: as many values has an entry of a per-CPU map.</summary>
public static class PossibleCpus
{
    private const string Source = "/sys/devices/system/cpu/possible";

    /// <summary>Their number: one more than the highest CPU of /sys/devices/system/cpu/possible.</summary>
    public static int Count { get; } = Parse(File.ReadAllText(Source))[^1] + 1;

    /// <summary>CPUs that are running now.</summary>
    public static IReadOnlyList<int> Online() => Parse(File.ReadAllText("/sys/devices/system/cpu/online"));

    /// <summary>Reads a list of CPUs as the kernel and operators write it: "0-3,8".</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<int> Parse(string list)
    {
        var cpus = new SortedSet<int>();
        foreach (var part in list.Trim().Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2
                || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                || first > last || last > ushort.MaxValue)
            {
                throw new FormatException($"\"{list.Trim()}\" is no list of CPUs: write it as 0-3,8");
            }

            cpus.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return [.. cpus];
    }
}
