using System.Runtime.CompilerServices;
using Metron.Dpdk;
using Metron.Packets.Hashing;

namespace Metron.Dataplane;

/// <summary>An RX and a TX queue of a DPDK device.</summary>
public unsafe struct DpdkPort : IPacketPort
{
    private readonly ReceiveQueue _receive;
    private readonly TransmitQueue _transmit;
    private readonly PortCount _taken;
    private readonly FrameHash? _hash;
    private EalThread _thread;
    private ulong _sent;

    /// <param name="receive">RX queue of a started device; polled by this port alone.</param>
    /// <param name="transmit">TX queue of a started device; used by this port alone.</param>
    /// <param name="taken">Where it counts what it takes, for who else wants to know; nobody else counts there.</param>
    /// <param name="hash">How the device hashes: <see cref="Mbuf.RssHash"/> of what it delivers without its hash is computed, 0 for what has none. Null: it is not looked at.</param>
    public DpdkPort(ReceiveQueue receive, TransmitQueue transmit, PortCount? taken = null, FrameHash? hash = null)
    {
        _hash = hash;
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
        if (_hash is not null)
        {
            CompleteHashes(burst, received);
        }

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

    /// <summary>Inner loop, about 30 loads for an IPv4 frame that came without its hash.</summary>
    private readonly void CompleteHashes(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if ((burst[i].Flags & MbufFlags.ReceiveRssHash) == 0)
            {
                // Without one, the hash is 0: what a device does not hash leads to the first flow group.
                var isHashed = _hash!.TryCompute(burst[i].Bytes, out var hash);
                burst[i].RssHash = hash;
                burst[i].Flags |= isHashed ? MbufFlags.ReceiveRssHash : MbufFlags.None;
            }
        }
    }
}
