using System.Runtime.InteropServices;

namespace Metron.Dpdk.Native;

/// <summary>Exported functions of librte_eal (rte_eal.h, rte_version.h, rte_log.h, rte_lcore.h, rte_cycles.h, rte_dev.h).</summary>
internal static unsafe partial class EalNative
{
    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_version")]
    public static partial byte* Version();

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_eal_init")]
    public static partial int Initialise(int count, byte** arguments);

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_eal_cleanup")]
    public static partial int CleanUp();

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_eal_get_runtime_dir")]
    public static partial byte* RuntimeDirectory();

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_strerror")]
    public static partial byte* ErrorText(int error);

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_openlog_stream")]
    public static partial int OpenLogStream(nint file);

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_get_tsc_hz")]
    public static partial ulong TscHertz();

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_thread_register")]
    public static partial int RegisterThread();

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_thread_unregister")]
    public static partial void UnregisterThread();

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_dev_probe", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ProbeDevice(string arguments);

    [LibraryImport(Abi23.EalLibrary, EntryPoint = "rte_dev_remove")]
    public static partial int RemoveDevice(nint device);
}
