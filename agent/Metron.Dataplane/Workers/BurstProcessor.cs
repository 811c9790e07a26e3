using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Memory;
using Metron.Dataplane.Programs;
using Metron.Dpdk;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Carries a burst of packets through the worker's programs: read key and ask for its bucket, find the entry and ask for it, rewrite. Each
/// step is done for the whole burst before the next, so that cache misses overlap. Belongs to the worker's thread.
/// </summary>
internal sealed unsafe class BurstProcessor : IDisposable
{
    /// <summary>Most packets in a burst.</summary>
    public const int MaximumBurst = 32;

    private const ushort EtherTypeVlan = 0x0081;
    private const ushort EtherTypeIpv4 = 0x0008;
    private const ushort EtherTypeIpv6 = 0xdd86;
    private const int EthernetLength = 14;
    private const int TagLength = 4;

    private readonly NativeRegion _pendingRegion = new((nuint)(MaximumBurst * sizeof(PendingPacket)));
    private readonly PendingPacket* _pending;
    private readonly WorkerCounters* _counters;
    private readonly FlowDirectory _flows;
    private readonly FlowTable<Ipv4Addresses> _v4;
    private readonly FlowTable<Ipv6Addresses> _v6;
    private readonly FlowExits _exitTable;
    private readonly FlowExit* _exits;
    private readonly SlowPath _slowPath;

    /// <param name="flows">The worker's flows.</param>
    /// <param name="counters">The worker's counters.</param>
    public BurstProcessor(FlowDirectory flows, WorkerCounters* counters)
    {
        _pending = (PendingPacket*)_pendingRegion.Start;
        _counters = counters;
        _flows = flows;
        _v4 = flows.V4;
        _v6 = flows.V6;
        _exitTable = new FlowExits();
        _exits = _exitTable.Start;
        _slowPath = new SlowPath(flows, _exitTable, counters);
    }

    /// <summary>What the worker runs; replaced between bursts.</summary>
    public WorkerSnapshot Snapshot { get; set; } = WorkerSnapshot.Empty;

    /// <summary>The worker's exits.</summary>
    public FlowExits Exits => _exitTable;

    /// <summary>
    /// Handles a burst. Cost for established IPv4 flows of one chain is given in the README; the slow path takes some hundred nanoseconds.
    /// </summary>
    /// <param name="burst">Received mbufs; they are the worker's.</param>
    /// <param name="count">Number of them, at most <see cref="MaximumBurst"/>.</param>
    /// <param name="outgoing">Gets the mbufs to send, in order.</param>
    /// <param name="dropped">Gets the mbufs to free.</param>
    /// <returns>Number of mbufs to send; the others, <paramref name="count"/> less that, are to be freed.</returns>
    public int Process(Mbuf* burst, int count, Mbuf* outgoing, Mbuf* dropped)
    {
        for (var i = 0; i < count; i++)
        {
            burst[i].PrefetchData();
        }

        ulong bytes = 0;
        for (var i = 0; i < count; i++)
        {
            Classify(burst[i], _pending + i);
            bytes += burst[i].PacketLength;
        }

        _counters->ReceivedPackets += (uint)count;
        _counters->ReceivedBytes += bytes;
        for (var i = 0; i < count; i++)
        {
            var packet = _pending + i;
            if (packet->Path == PacketPath.Ipv4Flow)
            {
                packet->Candidate = _v4.PrefetchEntry(packet->Hash);
            }
            else if (packet->Path == PacketPath.Ipv6Flow)
            {
                packet->Candidate = _v6.PrefetchEntry(packet->Hash);
            }
        }

        var sent = 0;
        var now = (uint)_flows.Now;
        for (var i = 0; i < count; i++)
        {
            var packet = _pending + i;
            if ((packet->Path == PacketPath.Ipv4Flow && TryForward(_v4, packet->Key4, packet, now))
                || (packet->Path == PacketPath.Ipv6Flow && TryForward(_v6, packet->Key6, packet, now))
                || TryHandleSlowly(burst[i]))
            {
                outgoing[sent++] = burst[i];
            }
            else
            {
                dropped[i - sent] = burst[i];
            }
        }

        return sent;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pendingRegion.Dispose();
        _exitTable.Dispose();
    }

    /// <summary>First step: reads tag and key, hashes, asks for the bucket.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Classify(Mbuf mbuf, PendingPacket* packet)
    {
        var frame = mbuf.Data;
        int contiguous = mbuf.DataLength;
        var length = mbuf.PacketLength;
        packet->Frame = frame;
        packet->Path = PacketPath.Slow;
        packet->Length = (ushort)length;
        if (contiguous < EthernetLength + TagLength || length > ushort.MaxValue)
        {
            return;
        }

        int offset;
        ushort slot;
        var etherType = *(ushort*)(frame + 12);
        if (etherType == EtherTypeVlan)
        {
            offset = EthernetLength + TagLength;
            slot = Snapshot.VlanSlot(BinaryPrimitives.ReverseEndianness(*(ushort*)(frame + 14)));
            etherType = *(ushort*)(frame + 16);
        }
        else
        {
            offset = EthernetLength;
            slot = Snapshot.MacSlot(ReadMac(frame));
        }

        if (!WorkerSnapshot.IsSlot(slot))
        {
            return;
        }

        packet->NetworkOffset = (byte)offset;
        ReadKey(packet, frame + offset, contiguous - offset, (int)length - offset, slot, etherType);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReadKey(PendingPacket* packet, byte* ip, int contiguous, int length, ushort slot, ushort etherType)
    {
        if (etherType == EtherTypeIpv4)
        {
            if (PlainPacketReader.TryReadIpv4(ip, contiguous, length, slot, out packet->Key4))
            {
                packet->Path = PacketPath.Ipv4Flow;
                packet->Hash = _v4.Hash(packet->Key4);
                _v4.PrefetchBucket(packet->Hash);
            }
        }
        else if (etherType == EtherTypeIpv6
            && PlainPacketReader.TryReadIpv6(ip, contiguous, length, slot, out packet->Key6))
        {
            packet->Path = PacketPath.Ipv6Flow;
            packet->Hash = _v6.Hash(packet->Key6);
            _v6.PrefetchBucket(packet->Hash);
        }
    }

    /// <summary>Third step: rewrites by the flow's entry.</summary>
    /// <returns>False when there is none, or the TTL is too low for it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryForward<TAddresses>(FlowTable<TAddresses> table, in FlowKey<TAddresses> key, PendingPacket* packet, uint now)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var entry = table.Confirm(packet->Candidate, key, packet->Hash);
        if (entry == null)
        {
            return false;
        }

        var ip = packet->Frame + packet->NetworkOffset;
        if (FlowRewriter.TimeToLive<TAddresses>(ip) <= entry->TimeToLiveLimit)
        {
            return false;
        }

        FlowRewriter.Apply(ip, entry);
        var exit = _exits + entry->Exit;
        ExitImage.Write(packet->Frame, exit->Keep, exit->Value);
        // Without the tag, as the functions see frames.
        var bytes = (ulong)(packet->Length - packet->NetworkOffset + EthernetLength);
        exit->Packets++;
        exit->Bytes += bytes;
        entry->Packets++;
        entry->Bytes += bytes;
        entry->LastSeen = now;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryHandleSlowly(Mbuf mbuf)
    {
        var reason = _slowPath.Handle(mbuf, Snapshot);
        if (reason == DropReason.None)
        {
            return true;
        }

        _counters->CountDrop(reason);
        return false;
    }

    private static MacAddress ReadMac(byte* frame) => new(BinaryPrimitives.ReverseEndianness(*(ulong*)frame) >> 16);
}
