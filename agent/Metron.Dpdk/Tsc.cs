using System.Diagnostics;

namespace Metron.Dpdk;

/// <summary>
/// Time in ticks of the time stamp counter (TSC). .NET has no rdtsc, DPDK's is an inline function, and no library exports one; the nearest is
/// clock_gettime from the vDSO (<see cref="Stopwatch"/>), which reads the same counter and scales it to nanoseconds. The agent therefore reads
/// time once per burst and converts when it reports.
/// </summary>
public static class Tsc
{
    /// <summary>Cycles that a span of <see cref="Stopwatch"/> ticks took.</summary>
    /// <param name="stopwatchTicks">Difference of two <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="tscHertz">As in <see cref="Eal.TscHertz"/>.</param>
    public static double ToCycles(long stopwatchTicks, ulong tscHertz) => stopwatchTicks * ((double)tscHertz / Stopwatch.Frequency);
}
