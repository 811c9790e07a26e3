using System.Globalization;
using System.Runtime.InteropServices;
using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>Which CPUs the calling thread may run on (sched_setaffinity(2)).</summary>
public static unsafe class CpuAffinity
{
    /// <summary>CPUs that the calling thread may run on, ascending.</summary>
    public static IReadOnlyList<int> Allowed()
    {
        var set = stackalloc byte[LibcNative.CpuSetBytes];
        new Span<byte>(set, LibcNative.CpuSetBytes).Clear();
        if (LibcNative.GetAffinity(0, LibcNative.CpuSetBytes, set) < 0)
        {
            throw new DpdkException("cannot read the thread's CPU affinity", Marshal.GetLastPInvokeError());
        }

        var cpus = new List<int>();
        for (var cpu = 0; cpu < LibcNative.CpuSetBytes * 8; cpu++)
        {
            if ((set[cpu >> 3] >> (cpu & 7) & 1) != 0)
            {
                cpus.Add(cpu);
            }
        }

        return cpus;
    }

    /// <summary>Pins the calling thread to one CPU. The thread must not be one of the thread pool.</summary>
    /// <param name="cpu">Number of the CPU, 0-1023.</param>
    /// <exception cref="DpdkException">There is no such CPU, or the process may not use it.</exception>
    public static void Pin(int cpu) => Set([cpu]);

    /// <summary>Lets the calling thread run on the given CPUs only.</summary>
    /// <exception cref="DpdkException">None of them exists, or the process may use none of them.</exception>
    public static void Set(IReadOnlyList<int> cpus)
    {
        var set = stackalloc byte[LibcNative.CpuSetBytes];
        new Span<byte>(set, LibcNative.CpuSetBytes).Clear();
        foreach (var cpu in cpus)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)cpu, (uint)LibcNative.CpuSetBytes * 8, nameof(cpus));
            set[cpu >> 3] |= (byte)(1 << (cpu & 7));
        }

        if (LibcNative.SetAffinity(0, LibcNative.CpuSetBytes, set) != 0)
        {
            var wanted = string.Join(", ", cpus.Select(cpu => cpu.ToString(CultureInfo.InvariantCulture)));
            throw new DpdkException($"cannot pin a thread to CPU {wanted}", Marshal.GetLastPInvokeError());
        }
    }
}
