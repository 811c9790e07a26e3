using System.Globalization;

namespace Metron.Kernel.Cpus;

/// <summary>How long a CPU did what since the machine started (proc(5), /proc/stat), in ticks of usually 10 ms.</summary>
/// <param name="Cpu">Number of the CPU.</param>
/// <param name="Idle">Nothing to do, or waiting for disks.</param>
/// <param name="SoftIrq">Receiving and sending packets, timers (softirq).</param>
/// <param name="Total">All time.</param>
public readonly record struct CpuTimes(int Cpu, ulong Idle, ulong SoftIrq, ulong Total)
{
    /// <summary>Reads the times of all running CPUs, by ascending number.</summary>
    public static IReadOnlyList<CpuTimes> ReadAll() => Parse(File.ReadLines("/proc/stat"));

    /// <summary>Reads lines of /proc/stat: "cpu0 user nice system idle iowait irq softirq steal guest guest_nice". Guests' time is within user's.</summary>
    public static IReadOnlyList<CpuTimes> Parse(IEnumerable<string> lines)
    {
        var times = new List<CpuTimes>();
        foreach (var line in lines)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [['c', 'p', 'u', .. { Length: > 0 } number], ..] && words.Length >= 9 && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var cpu))
            {
                var values = words.Skip(1).Take(8).Select(word => ulong.Parse(word, CultureInfo.InvariantCulture)).ToArray();
                times.Add(new CpuTimes(cpu, values[3] + values[4], values[6], values.Aggregate(0UL, (sum, value) => sum + value)));
            }
        }

        return times;
    }

    /// <summary>Shares of the time since an earlier reading, 0 to 1.</summary>
    public (double Busy, double SoftIrq) Since(CpuTimes earlier)
    {
        // Idle time may run backwards by a tick (proc(5)).
        var total = Total > earlier.Total ? Total - earlier.Total : 0;
        var idle = Idle > earlier.Idle ? Idle - earlier.Idle : 0;
        return total == 0 ? (0, 0) : (1 - Math.Min(1, (double)idle / total), Math.Min(1, (double)(SoftIrq - earlier.SoftIrq) / total));
    }
}
