using System.Globalization;
using Metron.Bench.Traces;

namespace Metron.Bench.Dataplane;

/// <summary>The mbufs that a trace is replayed from, and the memory for them; the same for every contender.</summary>
/// <param name="Mbufs">Number of mbufs.</param>
/// <param name="DataRoom">Bytes of each one's buffer, headroom included.</param>
internal sealed record PoolSize(int Mbufs, ushort DataRoom)
{
    private const ushort UsualRoom = 128 + 2048;
    private const ushort SmallRoom = 128 + 128;

    /// <summary>Of the pool's object header, struct rte_mbuf, and its places in the rings of pool and device.</summary>
    private const int BytesBeside = 64 + 128 + 32;

    /// <summary>Rings, queues, and what DPDK needs for itself.</summary>
    private const int MegabytesBeside = 160;

    private const int PlainPage = 4096;

    /// <summary>The pool for a trace.</summary>
    public static PoolSize Of(Trace trace) => new(((trace.Mbufs + 1) * trace.Workers) - 1, trace.HasSmallMbufs ? SmallRoom : UsualRoom);

    /// <summary>Whether enough hugepages are free; otherwise all contenders go without.</summary>
    public bool HasHugePages => CountFreeMegabytes() >= HugeMegabytes;

    /// <summary>Memory of a contender in MiB.</summary>
    public int Megabytes => HasHugePages ? HugeMegabytes : PlainMegabytes;

    private long Bytes => (long)Mbufs * (DataRoom + BytesBeside);

    private int HugeMegabytes => (int)(Bytes >> 20) + MegabytesBeside;

    /// <summary>Without hugepages no mbuf crosses a page.</summary>
    private int PlainMegabytes => (int)(((long)Mbufs / (PlainPage / (DataRoom + BytesBeside)) * PlainPage) >> 20) + (2 * MegabytesBeside);

    /// <summary>Says what is missing when the machine has too little memory for it, beside what others use; null when there is enough.</summary>
    public string? FindShortage()
    {
        // The pool, the trace as a file and as the check reads it twice, the tables.
        var needed = (HasHugePages ? 0 : PlainMegabytes) + (int)((long)Mbufs * (DataRoom == SmallRoom ? 600 : 0) >> 20) + 512;
        var available = ReadAvailableMegabytes();
        return available >= needed ? null : $"needs {needed} MiB of memory, and {available} are available";
    }

    private static long CountFreeMegabytes()
    {
        const string free = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
        return Environment.IsPrivilegedProcess && File.Exists(free) && File.ReadLines("/proc/mounts").Any(line => line.Contains(" hugetlbfs ", StringComparison.Ordinal))
            ? 2 * long.Parse(File.ReadAllText(free), CultureInfo.InvariantCulture)
            : 0;
    }

    private static long ReadAvailableMegabytes() => File.ReadLines("/proc/meminfo")
        .Where(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10)
        .FirstOrDefault(long.MaxValue);
}
