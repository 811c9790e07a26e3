using System.Runtime.InteropServices;

namespace Metron.Dpdk.Native;

/// <summary>Exported functions of librte_mbuf and librte_mempool (rte_mbuf.h, rte_mempool.h).</summary>
internal static unsafe partial class MbufNative
{
    [LibraryImport(Abi23.MbufLibrary, EntryPoint = "rte_pktmbuf_pool_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint CreatePool(string name, uint count, uint cacheSize, ushort privateSize, ushort dataRoom, int socket);

    // No GC transition: it runs for some nanoseconds per mbuf and never blocks.
    [LibraryImport(Abi23.MbufLibrary, EntryPoint = "rte_pktmbuf_free_bulk")]
    [SuppressGCTransition]
    public static partial void FreeBulk(nint* mbufs, uint count);

    // No GC transition: it copies a frame and never blocks.
    [LibraryImport(Abi23.MbufLibrary, EntryPoint = "rte_pktmbuf_copy")]
    [SuppressGCTransition]
    public static partial nint Copy(nint mbuf, nint pool, uint offset, uint length);

    [LibraryImport(Abi23.MempoolLibrary, EntryPoint = "rte_mempool_free")]
    public static partial void FreePool(nint pool);

    [LibraryImport(Abi23.MempoolLibrary, EntryPoint = "rte_mempool_avail_count")]
    public static partial uint CountAvailable(nint pool);
}
