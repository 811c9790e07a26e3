using System.Globalization;
using Metron.Dpdk;

namespace Metron.Bench.Dataplane;

/// <summary>What is the same for every contender: one worker on one core, one queue, pool, cache and burst.</summary>
internal static class Setup
{
    public const int Mbufs = 262_143;
    public const int MbufCache = 256;
    public const int Burst = 32;

    /// <summary>Seconds of the worker's CPU time before the measured window.</summary>
    public const double Discard = 1;

    /// <summary>Longest time to wait for them, when the machine is shared.</summary>
    public static TimeSpan LongestDiscard { get; } = TimeSpan.FromSeconds(20);

    private const int NeededMegabytes = 768;

    /// <summary>Core of the worker: the last one that the process may use.</summary>
    public static int WorkerCore { get; } = CpuAffinity.Allowed()[^1];

    /// <summary>Core of everything else.</summary>
    public static int MainCore { get; } = CpuAffinity.Allowed()[0];

    /// <summary>Whether enough hugepages are free; otherwise all contenders go without.</summary>
    public static bool HasHugePages { get; } = CountFreeMegabytes() >= NeededMegabytes;

    /// <summary>Memory of a contender in MiB.</summary>
    public static int Megabytes => NeededMegabytes;

    /// <summary>The device that replays a trace for ever, and drops what it is given to send.</summary>
    public static string Replay(string pcapFile) => $"net_pcap0,rx_pcap={pcapFile},infinite_rx=1";

    private static long CountFreeMegabytes()
    {
        const string free = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
        return Environment.IsPrivilegedProcess && File.Exists(free) && File.ReadLines("/proc/mounts").Any(line => line.Contains(" hugetlbfs ", StringComparison.Ordinal))
            ? 2 * long.Parse(File.ReadAllText(free), CultureInfo.InvariantCulture)
            : 0;
    }
}
