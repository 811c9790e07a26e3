using System.Runtime.InteropServices;

namespace Metron.Dpdk.Native;

/// <summary>Loads DPDK's libraries by soname, checks that they speak the ABI this code was written for, and finds exported data.</summary>
internal static unsafe class DpdkLibraries
{
    private static readonly string[] Directories =
        ["/usr/lib/x86_64-linux-gnu", "/usr/local/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib64", "/usr/local/lib"];

    private static readonly Lazy<nint> Eal = new(() => Load(Abi23.EalLibrary));
    private static readonly Lazy<nint> Ethdev = new(() => Load(Abi23.EthdevLibrary));
    private static readonly Lazy<nint> Mempool = new(() => Load(Abi23.MempoolLibrary));

    /// <summary>rte_eth_fp_ops: per port, how a burst is received and sent.</summary>
    public static byte* FastPathTable => (byte*)NativeLibrary.GetExport(Ethdev.Value, "rte_eth_fp_ops");

    /// <summary>rte_mempool_ops_table: per kind of pool, how objects are taken from it.</summary>
    public static byte* MempoolOperations => (byte*)NativeLibrary.GetExport(Mempool.Value, "rte_mempool_ops_table");

    /// <summary>rte_errno of the calling thread. The symbol is thread-local: dlsym(3) answers with the calling thread's own.</summary>
    public static int Errno => *(int*)NativeLibrary.GetExport(Eal.Value, "per_lcore__rte_errno");

    /// <summary>rte_lcore_id() of the calling thread; thread-local as above.</summary>
    public static uint LcoreId => *(uint*)NativeLibrary.GetExport(Eal.Value, "per_lcore__lcore_id");

    /// <summary>What rte_version() says: "DPDK 22.11.11".</summary>
    /// <exception cref="DpdkException">DPDK is not installed, or another version of it.</exception>
    public static string CheckVersion()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new DpdkException("DPDK is bound for Linux on x86-64 only; structure offsets of other platforms are not known");
        }

        _ = Eal.Value;
        return CheckVersion(Marshal.PtrToStringUTF8((nint)EalNative.Version()) ?? string.Empty);
    }

    /// <summary>Accepts a version string of the ABI that is known.</summary>
    /// <exception cref="DpdkException">It is another one.</exception>
    public static string CheckVersion(string version)
    {
        var isKnown = version.StartsWith(Abi23.Release, StringComparison.Ordinal)
            && (version.Length == Abi23.Release.Length || !char.IsAsciiDigit(version[Abi23.Release.Length]));
        return isKnown
            ? version
            : throw new DpdkException(
                $"{Abi23.EalLibrary} says it is '{version}', but only {Abi23.Release} (ABI {Abi23.Version}) is known: structure offsets would be wrong. "
                + "Install DPDK 22.11 (Debian 12: apt-get install dpdk)");
    }

    private static nint Load(string library)
    {
        if (NativeLibrary.TryLoad(library, typeof(DpdkLibraries).Assembly, DllImportSearchPath.SafeDirectories, out var handle))
        {
            return handle;
        }

        var stem = library[..library.LastIndexOf(".so.", StringComparison.Ordinal)];
        var others = Directories.Where(Directory.Exists).SelectMany(directory => Directory.GetFiles(directory, stem + ".so.*")).Order().ToList();
        throw new DpdkException(
            others.Count == 0
                ? $"{library} cannot be loaded: DPDK 22.11 is not installed (Debian 12: apt-get install dpdk)"
                : $"{library} cannot be loaded, but there is {string.Join(", ", others)}: another ABI than {Abi23.Version} (DPDK 22.11) is not known");
    }
}
