using System.Runtime.CompilerServices;

namespace Metron.Dpdk;

/// <summary>
/// An RX queue of a started device: what the inline function rte_eth_rx_burst does, without callbacks (rte_ethdev.h). Belongs to one thread.
/// </summary>
public readonly unsafe struct ReceiveQueue
{
    private readonly void* _burst;
    private readonly void* _queue;
    private readonly bool _mayBlock;

    internal ReceiveQueue(nint burst, nint queue, bool mayBlock)
    {
        _burst = (void*)burst;
        _queue = (void*)queue;
        _mayBlock = mayBlock;
    }

    /// <summary>Takes what has arrived, at most the span's length. The mbufs belong to the caller.</summary>
    /// <returns>Number of mbufs, from the start of the span; 0 when nothing has arrived.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Receive(Span<Mbuf> burst)
    {
        fixed (Mbuf* first = burst)
        {
            return Receive(first, burst.Length);
        }
    }

    /// <summary>As the other, into memory that does not move.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Receive(Mbuf* burst, int count) => _mayBlock
        ? ((delegate* unmanaged<void*, Mbuf*, ushort, ushort>)_burst)(_queue, burst, (ushort)count)
        : ((delegate* unmanaged[SuppressGCTransition]<void*, Mbuf*, ushort, ushort>)_burst)(_queue, burst, (ushort)count);
}
