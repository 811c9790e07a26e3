using System.Runtime.CompilerServices;

namespace Metron.Dpdk;

/// <summary>
/// A TX queue of a started device: what the inline function rte_eth_tx_burst does, without callbacks (rte_ethdev.h). Belongs to one thread.
/// </summary>
public readonly unsafe struct TransmitQueue
{
    private readonly void* _burst;
    private readonly void* _queue;
    private readonly bool _mayBlock;

    internal TransmitQueue(nint burst, nint queue, bool mayBlock)
    {
        _burst = (void*)burst;
        _queue = (void*)queue;
        _mayBlock = mayBlock;
    }

    /// <summary>Sends mbufs, from the start of the span. Those that were taken belong to the device, the others still to the caller.</summary>
    /// <returns>Number of mbufs taken; fewer than given when the queue is full.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Send(ReadOnlySpan<Mbuf> burst)
    {
        fixed (Mbuf* first = burst)
        {
            return Send(first, burst.Length);
        }
    }

    /// <summary>As the other, from memory that does not move.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Send(Mbuf* burst, int count) => _mayBlock
        ? ((delegate* unmanaged<void*, Mbuf*, ushort, ushort>)_burst)(_queue, burst, (ushort)count)
        : ((delegate* unmanaged[SuppressGCTransition]<void*, Mbuf*, ushort, ushort>)_burst)(_queue, burst, (ushort)count);
}
