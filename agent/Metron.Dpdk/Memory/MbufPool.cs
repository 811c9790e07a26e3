using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>A pool of mbufs (rte_mempool). Safe to use from any thread; cheap from registered ones.</summary>
public sealed class MbufPool : IDisposable
{
    /// <summary>Room for frames of the usual size, headroom of 128 included.</summary>
    public const ushort DefaultDataRoom = 2048 + Abi23.MbufHeadroom;

    private const int ObjectOverhead = 72;
    private const long PageBytes = 4096;

    private nint _pool;

    private MbufPool(nint pool, string name, int count, int cacheSize)
    {
        _pool = pool;
        Name = name;
        Count = count;
        CacheSize = cacheSize;
    }

    /// <summary>Name, unique in the process.</summary>
    public string Name { get; }

    /// <summary>Number of mbufs.</summary>
    public int Count { get; }

    /// <summary>Mbufs kept per registered thread.</summary>
    public int CacheSize { get; }

    /// <summary>Address of the struct rte_mempool.</summary>
    public nint Address => _pool;

    /// <summary>Mbufs that are free now, those in threads' caches included. Slow: it adds up all caches.</summary>
    public int Available => (int)MbufNative.CountAvailable(_pool);

    /// <summary>Makes a pool. Its mbufs stay where they are until <see cref="Dispose"/>.</summary>
    /// <param name="name">Unique in the process, at most 25 bytes.</param>
    /// <param name="count">Number of mbufs; best is a power of two less one.</param>
    /// <param name="cacheSize">Mbufs that each registered thread keeps for itself: 0-512, and at most <paramref name="count"/> / 1.5.</param>
    /// <param name="dataRoom">Bytes per buffer, headroom of 128 included.</param>
    /// <param name="socket">NUMA node; -1 for any.</param>
    /// <exception cref="DpdkException">Not enough memory, or an argument out of its range.</exception>
    public static MbufPool Create(
        string name, int count, int cacheSize = 256, ushort dataRoom = DefaultDataRoom, int socket = Abi23.AnySocket)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)cacheSize, (uint)Abi23.CacheMaximum, nameof(cacheSize));
        var pool = MbufNative.CreatePool(name, (uint)count, (uint)cacheSize, 0, dataRoom, socket);
        return pool != 0
            ? new MbufPool(pool, name, count, cacheSize)
            : throw new DpdkException(
                $"cannot make mbuf pool '{name}' of {count} mbufs with {dataRoom} bytes each (about {EstimateMegabytes(count, dataRoom)} MiB)",
                DpdkLibraries.Errno);
    }

    /// <summary>Memory that a pool takes, about, in MiB: buffer, struct rte_mbuf, object header and padding.</summary>
    /// <param name="count">Number of mbufs.</param>
    /// <param name="dataRoom">Bytes per buffer, headroom included.</param>
    /// <param name="hugePages">Whether it lies in hugepages; without, no mbuf crosses the border of a page of 4 KiB, where it fits into one.</param>
    public static int EstimateMegabytes(int count, ushort dataRoom = DefaultDataRoom, bool hugePages = true)
    {
        long bytes = dataRoom + Abi23.MbufSize + ObjectOverhead;
        var perMbuf = hugePages ? bytes : bytes <= PageBytes ? PageBytes / (PageBytes / bytes) : (bytes + PageBytes - 1) / PageBytes * PageBytes;
        return (int)((count * perMbuf >> 20) + 1);
    }

    /// <summary>Frees the pool. No mbuf of it may be in use, and no device may still have it.</summary>
    public void Dispose()
    {
        var pool = Interlocked.Exchange(ref _pool, 0);
        if (pool != 0)
        {
            MbufNative.FreePool(pool);
        }
    }
}
