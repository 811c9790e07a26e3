using Metron.Dpdk;

namespace Metron.Bench.Dataplane;

/// <summary>What is the same for every contender: one worker on one core, one queue, cache and burst.</summary>
internal static class Setup
{
    public const int MbufCache = 256;
    public const int Burst = 32;

    /// <summary>Seconds of the worker's CPU time before the measured window.</summary>
    public const double Discard = 1;

    /// <summary>Longest time to wait for them, when the machine is shared.</summary>
    public static TimeSpan LongestDiscard { get; } = TimeSpan.FromSeconds(20);

    /// <summary>Core of the worker: the last one that the process may use.</summary>
    public static int WorkerCore { get; } = CpuAffinity.Allowed()[^1];

    /// <summary>Core of everything else.</summary>
    public static int MainCore { get; } = CpuAffinity.Allowed()[0];

    /// <summary>Core of one of several workers: the last one is the first worker's.</summary>
    public static int CoreOf(int worker) => CpuAffinity.Allowed() is var cores && worker < cores.Count
        ? cores[^(worker + 1)]
        : throw new InvalidOperationException($"{worker + 1} workers need as many cores, and there are {cores.Count}");

    /// <summary>The device that replays traces for ever, one by each queue, and drops what it is given to send.</summary>
    public static string Replay(IEnumerable<string> pcapFiles) => $"net_pcap0,{string.Concat(pcapFiles.Select(file => $"rx_pcap={file},"))}infinite_rx=1";
}
