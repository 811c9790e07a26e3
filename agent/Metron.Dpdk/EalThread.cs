using Metron.Dpdk.Native;

namespace Metron.Dpdk;

/// <summary>
/// The calling thread's membership in DPDK (rte_lcore.h, rte_thread_register): it gets an lcore id of its own, and with it a cache in every
/// mbuf pool, without which each allocation and each free goes to the shared ring. To be disposed by the same thread.
/// </summary>
public readonly struct EalThread : IDisposable, IEquatable<EalThread>
{
    private EalThread(int lcoreId) => LcoreId = lcoreId;

    /// <summary>The thread's lcore id: 1-127. Not the number of a CPU.</summary>
    public int LcoreId { get; }

    /// <summary>Registers the calling thread. Pin it before, so that DPDK takes the right NUMA node for it.</summary>
    /// <exception cref="DpdkException">DPDK is not started, all lcore ids are taken, or the thread is registered already.</exception>
    public static EalThread Register()
    {
        if (DpdkLibraries.LcoreId != Abi23.AnyLcore)
        {
            throw new DpdkException($"this thread is lcore {DpdkLibraries.LcoreId} already");
        }

        DpdkException.ThrowIfNegative(EalNative.RegisterThread(), "cannot register a thread with DPDK");
        return new EalThread((int)DpdkLibraries.LcoreId);
    }

    /// <summary>Gives the lcore id back.</summary>
    public void Dispose() => EalNative.UnregisterThread();

    /// <inheritdoc/>
    public bool Equals(EalThread other) => LcoreId == other.LcoreId;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EalThread other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => LcoreId;

    public static bool operator ==(EalThread left, EalThread right) => left.Equals(right);

    public static bool operator !=(EalThread left, EalThread right) => !left.Equals(right);
}
