using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// Takes mbufs out of a pool for one thread: from the thread's cache, and when that is empty, from the pool's ring in one go, as the inline
/// function rte_mempool_do_generic_get does (rte_mempool.h). To be made and used by the same thread.
/// </summary>
public sealed unsafe class MbufAllocator
{
    private readonly nint _pool;
    private readonly byte* _cache;
    private readonly delegate* unmanaged[SuppressGCTransition]<nint, nint*, uint, int> _dequeue;

    /// <param name="pool">Pool to take from.</param>
    public MbufAllocator(MbufPool pool)
    {
        _pool = pool.Address;
        var lcore = DpdkLibraries.LcoreId;
        if (lcore < Abi23.MaximumLcores && pool.CacheSize > 0)
        {
            _cache = *(byte**)(_pool + Abi23.MempoolLocalCache) + (lcore * (nuint)Abi23.CacheSize);
        }

        var operations = DpdkLibraries.MempoolOperations + Abi23.OpsTableEntries
            + (*(int*)(_pool + Abi23.MempoolOpsIndex) * (nint)Abi23.OpsSize);
        _dequeue = (delegate* unmanaged[SuppressGCTransition]<nint, nint*, uint, int>)(*(nint*)(operations + Abi23.OpsDequeue));
    }

    /// <summary>Takes one mbuf, reset to an empty frame. It belongs to the caller.</summary>
    /// <returns>False when the pool is empty.</returns>
    public bool TryAllocate(out Mbuf mbuf)
    {
        nint address;
        if (!TryTake(&address))
        {
            mbuf = default;
            return false;
        }

        mbuf = new Mbuf(address);
        mbuf.Reset();
        return true;
    }

    private bool TryTake(nint* address)
    {
        if (_cache == null)
        {
            return _dequeue(_pool, address, 1) == 0;
        }

        var objects = (nint*)(_cache + Abi23.CacheObjects);
        var length = (uint*)(_cache + Abi23.CacheLength);
        if (*length == 0)
        {
            var refill = *(uint*)(_cache + Abi23.CacheLimit);
            if (_dequeue(_pool, objects, refill) != 0)
            {
                return _dequeue(_pool, address, 1) == 0;
            }

            *length = refill;
        }

        *address = objects[--*length];
        return true;
    }
}
