using System.Runtime.CompilerServices;
using Metron.Dpdk;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Nics;

/// <summary>An <see cref="EmulatedNic"/> over one kind of port.</summary>
/// <remarks>Marked inner loop. What it costs stands in the README of this folder.</remarks>
/// <typeparam name="TPort">Kind of port.</typeparam>
public sealed unsafe class EmulatedNic<TPort> : EmulatedNic
    where TPort : struct, IPacketPort
{
    private const int Burst = 32;

    /// <summary>How many packets ahead a frame is fetched before it is looked at.</summary>
    private const int Ahead = 4;

    private readonly NativeRegion _bursts = new((nuint)(2 * Burst * sizeof(Mbuf)));
    private readonly Mbuf* _received;
    private readonly Mbuf* _dropped;
    private readonly MbufRing[] _receiveRings;
    private readonly MbufRing[] _transmitRings;
#pragma warning disable IDE0044 // Ports are structs with state: readonly would make their calls work on copies.
    private TPort _port;
#pragma warning restore IDE0044
    private int _firstToSend;

    internal EmulatedNic(EmulatedNicOptions options, TPort port)
        : base(options)
    {
        _port = port;
        _received = (Mbuf*)_bursts.Start;
        _dropped = _received + Burst;
        _receiveRings = [.. Enumerable.Range(0, Queues).Select(ReceiveRing)];
        _transmitRings = [.. Enumerable.Range(0, Queues).Select(TransmitRing)];
    }

    /// <summary>The port of the worker that has a pair of queues.</summary>
    /// <param name="number">Number of the queues.</param>
    /// <remarks>
    /// Each call makes another port over the same queues. One thread at a time may use them: after a worker has died, another may take what it left.
    /// </remarks>
    public EmulatedQueue<TPort> Queue(int number) => new(this, _receiveRings[number], _transmitRings[number], _port);

    /// <summary>The ports of all workers.</summary>
    public EmulatedQueue<TPort>[] OpenQueues() => [.. Enumerable.Range(0, Queues).Select(Queue)];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int Step()
    {
        CarryMail();
        var moved = Transmit();
        var received = _port.Receive(_received, Burst);
        if (received > 0)
        {
            Steer(received);
        }

        return moved + received;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _bursts.Dispose();
    }

    private protected override void Attach() => _port.Attach();

    private protected override void Detach() => _port.Detach();

    private protected override void Empty()
    {
        while (Transmit() > 0)
        {
        }

        for (var queue = 0; queue < Queues; queue++)
        {
            Free(_receiveRings[queue]);
            Free(_transmitRings[queue]);
        }
    }

    /// <summary>Hands received packets to the queues that the indirection table names, and frees those that find theirs full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Steer(int count)
    {
        var dropped = 0;
        for (var i = 0; i < Math.Min(Ahead, count); i++)
        {
            _received[i].PrefetchData();
        }

        for (var i = 0; i < count; i++)
        {
            if (i + Ahead < count)
            {
                _received[i + Ahead].PrefetchData();
            }

            var queue = Indirection[EntryOf(_received[i])];
            if (!_receiveRings[queue].TryPush(_received[i]))
            {
                (*Missed(queue))++;
                _dropped[dropped++] = _received[i];
            }
        }

        foreach (var ring in _receiveRings)
        {
            ring.Publish();
        }

        if (dropped > 0)
        {
            _port.Free(_dropped, dropped);
        }
    }

    /// <summary>The entry of the indirection table that decides on a packet: its tag's flow group, or the low bits of its hash, which is written to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int EntryOf(Mbuf mbuf)
    {
        if (Tags.TryFind(mbuf, out var group))
        {
            return group;
        }

        var isHashed = Hash.TryCompute(mbuf.Bytes, out var hash);
        mbuf.RssHash = hash;
        mbuf.Flags = isHashed ? mbuf.Flags | MbufFlags.ReceiveRssHash : mbuf.Flags & ~MbufFlags.ReceiveRssHash;
        return (int)(hash & (uint)(IndirectionSize - 1));
    }

    /// <summary>Sends what workers have sent, a burst of each, each in its order. What the port does not take stays where it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Transmit()
    {
        var total = 0;
        for (var i = 0; i < _transmitRings.Length; i++)
        {
            var ring = _transmitRings[(_firstToSend + i) % _transmitRings.Length];
            var waiting = ring.Peek(Burst, out var first);
            if (waiting > 0)
            {
                var sent = _port.Send(first, waiting);
                ring.Drop(sent);
                total += sent;
            }
        }

        _firstToSend = (_firstToSend + 1) % _transmitRings.Length;
        return total;
    }

    private void Free(MbufRing ring)
    {
        int count;
        while ((count = ring.TakeBurst(_dropped, Burst)) > 0)
        {
            _port.Free(_dropped, count);
        }
    }
}
