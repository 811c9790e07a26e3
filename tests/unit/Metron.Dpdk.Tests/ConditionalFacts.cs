using Xunit;

namespace Metron.Dpdk.Tests;

/// <summary>A test that compiles against the DPDK headers.</summary>
public sealed class HeadersFactAttribute : FactAttribute
{
    public HeadersFactAttribute() => Skip = NativeHeaders.Missing;
}

/// <summary>A test that makes network namespaces and interfaces.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Environment.IsPrivilegedProcess ? null : "needs root: it makes a network namespace";
}

/// <summary>A test that needs free hugepages.</summary>
public sealed class HugePagesFactAttribute : FactAttribute
{
    public HugePagesFactAttribute() => Skip = HasPages() ? null : "needs 64 free hugepages of 2 MiB and a hugetlbfs mount: sysctl vm.nr_hugepages=64; mount -t hugetlbfs nodev /dev/hugepages";

    private static bool HasPages()
    {
        const string free = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
        return Environment.IsPrivilegedProcess
            && File.Exists(free)
            && int.Parse(File.ReadAllText(free), System.Globalization.CultureInfo.InvariantCulture) >= 64
            && File.ReadLines("/proc/mounts").Any(line => line.Contains(" hugetlbfs ", StringComparison.Ordinal));
    }
}
