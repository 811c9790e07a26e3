using System.Runtime.CompilerServices;
using Metron.Dpdk;

namespace Metron.Dataplane;

/// <summary>An RX and a TX queue of a DPDK device.</summary>
public unsafe struct DpdkPort : IPacketPort
{
    private readonly ReceiveQueue _receive;
    private readonly TransmitQueue _transmit;
    private readonly PortCount _taken;
    private EalThread _thread;
    private ulong _sent;

    /// <param name="receive">RX queue of a started device; polled by this port alone.</param>
    /// <param name="transmit">TX queue of a started device; used by this port alone.</param>
    /// <param name="taken">Where it counts what it takes, for who else wants to know; nobody else counts there.</param>
    public DpdkPort(ReceiveQueue receive, TransmitQueue transmit, PortCount? taken = null)
    {
        _receive = receive;
        _transmit = transmit;
        _taken = taken ?? new PortCount();
    }

    /// <summary>The RX and TX queue of the same number.</summary>
    /// <param name="device">Started device, which is not stopped before the dataplane.</param>
    /// <param name="queue">Number of the queue.</param>
    public static DpdkPort Open(EthernetDevice device, int queue) => new(device.GetReceiveQueue(queue), device.GetTransmitQueue(queue));

    /// <inheritdoc/>
    public readonly ulong Taken => _taken.Packets;

    /// <inheritdoc/>
    /// <remarks>What the device took: in which order it serves its TX queues is its own affair.</remarks>
    public readonly ulong Transmitted => _sent;

    /// <inheritdoc/>
    public void Attach() => _thread = EalThread.Register();

    /// <inheritdoc/>
    public readonly void Detach() => _thread.Dispose();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Receive(Mbuf* burst, int count)
    {
        var received = _receive.Receive(burst, count);
        _taken.Add(received);
        return received;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Send(Mbuf* burst, int count)
    {
        var sent = _transmit.Send(burst, count);
        _sent += (uint)sent;
        return sent;
    }

    /// <inheritdoc/>
    public readonly bool TryCopy(Mbuf source, out Mbuf copy) => Mbuf.TryCopy(source, out copy);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Free(Mbuf* burst, int count) => Mbuf.Free(new ReadOnlySpan<Mbuf>(burst, count));
}
