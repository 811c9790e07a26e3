using Metron.Kernel.Cpus;
using Metron.Kernel.Steering;

namespace Metron.Agent.KernelBalancing;

/// <summary>Load of a CPU in an interval, as shares of it.</summary>
/// <param name="Cpu">Number of the CPU.</param>
/// <param name="Busy">Not idle.</param>
/// <param name="SoftIrq">In softirq: receiving packets mostly.</param>
/// <param name="Movable">Spent on the packets that are steered: moves away with their flow groups.</param>
internal readonly record struct CpuLoad(int Cpu, double Busy, double SoftIrq, double Movable);

/// <summary>What happened in an interval.</summary>
/// <param name="Seconds">Its length.</param>
/// <param name="Cpus">Loads of all running CPUs.</param>
/// <param name="GroupPackets">Packets of each flow group.</param>
/// <param name="GroupBytes">Bytes of each flow group.</param>
/// <param name="ArrivalCpus">The CPU where each flow group's packets arrived, before they were steered.</param>
/// <param name="Other">Packets that are in no flow group.</param>
internal sealed record Measurement(
    double Seconds,
    IReadOnlyList<CpuLoad> Cpus,
    IReadOnlyList<ulong> GroupPackets,
    IReadOnlyList<ulong> GroupBytes,
    IReadOnlyList<int> ArrivalCpus,
    ulong Other)
{
    /// <summary>Packets of all flow groups.</summary>
    public ulong Packets => GroupPackets.Aggregate(0UL, (sum, packets) => sum + packets);
}

/// <summary>Measures intervals: differences of the kernel's counters.</summary>
internal sealed class LoadMeter
{
    private readonly ISteering _steering;
    private readonly TimeProvider _time;
    private readonly Dictionary<int, TimeSpan> _threads = [];
    private long _at;
    private GroupCounts _counts;
    private Dictionary<int, CpuTimes> _times;

    /// <summary>Begins the first interval.</summary>
    public LoadMeter(ISteering steering, TimeProvider time)
    {
        (_steering, _time) = (steering, time);
        _counts = steering.Counters.Read();
        _times = CpuTimes.ReadAll().ToDictionary(each => each.Cpu);
        _at = time.GetTimestamp();
        foreach (var cpu in _times.Keys)
        {
            _threads[cpu] = steering.ReadThreadTime(cpu) ?? TimeSpan.Zero;
        }
    }

    /// <summary>Ends an interval and begins the next.</summary>
    public Measurement Measure()
    {
        var counts = _steering.Counters.Read();
        var now = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_at, now).TotalSeconds;
        var times = CpuTimes.ReadAll();
        var measurement = new Measurement(
            seconds,
            [.. times.Where(each => _times.ContainsKey(each.Cpu)).Select(each => Load(each, seconds))],
            Difference(counts.Packets, _counts.Packets),
            Difference(counts.Bytes, _counts.Bytes),
            counts.CpuOf,
            counts.Other - _counts.Other);
        (_at, _counts, _times) = (now, counts, times.ToDictionary(each => each.Cpu));
        return measurement;
    }

    private CpuLoad Load(CpuTimes times, double seconds)
    {
        var (busy, softIrq) = times.Since(_times[times.Cpu]);
        if (_steering.ReadThreadTime(times.Cpu) is not { } ran)
        {
            return new CpuLoad(times.Cpu, busy, softIrq, softIrq);
        }

        var movable = _threads.TryGetValue(times.Cpu, out var before) ? (ran - before).TotalSeconds / seconds : 0;
        _threads[times.Cpu] = ran;
        return new CpuLoad(times.Cpu, Math.Max(busy, Math.Min(1, movable)), softIrq, Math.Clamp(movable, 0, 1));
    }

    private static ulong[] Difference(IReadOnlyList<ulong> later, IReadOnlyList<ulong> earlier) => [.. later.Zip(earlier, (one, other) => one - other)];
}
