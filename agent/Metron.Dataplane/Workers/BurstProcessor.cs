using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Memory;
using Metron.Dataplane.Programs;
using Metron.Dpdk;
using Metron.NetworkFunctions.Runtime;
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

    /// <summary>The first three octets of MAC addresses that are tags.</summary>
    private const uint TagPrefix = 0x544d02;

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
    private readonly SegmentWalk _segmentWalk;
    private Mbuf* _burst;

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
        Segments = new Segments();
        _slowPath = new SlowPath(flows, _exitTable, Segments, Copies, counters);
        _segmentWalk = new SegmentWalk(flows, _exitTable, Segments, _slowPath, Copies);
    }

    /// <summary>What the worker runs; replaced between bursts.</summary>
    public WorkerSnapshot Snapshot { get; set; } = WorkerSnapshot.Empty;

    /// <summary>Copies of packets that functions asked for; to be sent and cleared behind each burst.</summary>
    public PacketCopies Copies { get; } = new();

    /// <summary>The worker's exits.</summary>
    public FlowExits Exits => _exitTable;

    /// <summary>The places where packets go on behind functions that change frames.</summary>
    public Segments Segments { get; }

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
        _burst = burst;
        Classify(burst, count);
        FindEntries(count);
        if (_flows.HasWork)
        {
            _flows.PrepareWork(_pending, count);
        }

        return Forward(burst, count, outgoing, dropped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pendingRegion.Dispose();
        _exitTable.Dispose();
        Copies.Dispose();
    }

    // The steps are methods of their own, so that each has the registers to itself, and compiled at once instead of in tiers, so that a
    // worker is as fast with its first packet as with its last.

    /// <summary>First step: reads tags and keys, hashes, asks for the buckets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Classify(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            burst[i].PrefetchData();
        }

        var snapshot = Snapshot;
        var index4 = _v4.Index;
        var index6 = _v6.Index;
        var seed = _v4.Seed;
        var packet = _pending;
        ulong bytes = 0;
        for (var i = 0; i < count; i++, packet++)
        {
            var frame = burst[i].Data;
            int contiguous = burst[i].DataLength;
            var length = burst[i].PacketLength;
            bytes += length;
            packet->Frame = frame;
            packet->Path = PacketPath.Slow;
            packet->Length = (ushort)length;
            if (contiguous < EthernetLength + TagLength || length > ushort.MaxValue)
            {
                continue;
            }

            var slot = ReadSlot(snapshot, frame, out var offset, out var etherType);
            packet->NetworkOffset = (byte)offset;
            if (!WorkerSnapshot.IsSlot(slot))
            {
                continue;
            }

            if (etherType == EtherTypeIpv4)
            {
                if (PlainPacketReader.TryReadIpv4(frame + offset, contiguous - offset, (int)length - offset, slot, &packet->Key4))
                {
                    packet->Path = PacketPath.Ipv4Flow;
                    packet->Hash = FlowKey<Ipv4Addresses>.Hash(packet->Key4, seed);
                    index4.Prefetch(packet->Hash);
                }
            }
            else if (etherType == EtherTypeIpv6
                && PlainPacketReader.TryReadIpv6(frame + offset, contiguous - offset, (int)length - offset, slot, &packet->Key6))
            {
                packet->Path = PacketPath.Ipv6Flow;
                packet->Hash = FlowKey<Ipv6Addresses>.Hash(packet->Key6, seed);
                index6.Prefetch(packet->Hash);
            }
        }

        _counters->ReceivedPackets += (uint)count;
        _counters->ReceivedBytes += bytes;
    }

    /// <summary>The ingress slot by the frame's tag, and what follows the tag.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort ReadSlot(WorkerSnapshot snapshot, byte* frame, out int offset, out ushort etherType)
    {
        etherType = *(ushort*)(frame + 12);
        if (etherType == EtherTypeVlan)
        {
            offset = EthernetLength + TagLength;
            etherType = *(ushort*)(frame + 16);
            return snapshot.VlanSlot(BinaryPrimitives.ReverseEndianness(*(ushort*)(frame + 14)));
        }

        offset = EthernetLength;
        return (*(uint*)frame & 0xffffff) == TagPrefix
            ? snapshot.MacSlot(new MacAddress(BinaryPrimitives.ReverseEndianness(*(ulong*)frame) >> 16))
            : snapshot.UntaggedSlot;
    }

    /// <summary>Second step: looks for the entries, and asks for them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void FindEntries(int count)
    {
        var index4 = _v4.Index;
        var index6 = _v6.Index;
        var packet = _pending;
        for (var end = packet + count; packet < end; packet++)
        {
            if (packet->Path == PacketPath.Ipv4Flow)
            {
                packet->Candidate = _v4.PrefetchEntry(index4, packet->Hash);
            }
            else if (packet->Path == PacketPath.Ipv6Flow)
            {
                packet->Candidate = _v6.PrefetchEntry(index6, packet->Hash);
            }
        }
    }

    /// <summary>Third step: rewrites by the entries, or asks the functions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int Forward(Mbuf* burst, int count, Mbuf* outgoing, Mbuf* dropped)
    {
        var sent = 0;
        var now = (uint)_flows.Now;
        var packet = _pending;
        for (var i = 0; i < count; i++, packet++)
        {
            var continuation = 0;
            if (((packet->Path == PacketPath.Ipv4Flow && TryForward(_v4, packet->Key4, packet, now, out continuation))
                || (packet->Path == PacketPath.Ipv6Flow && TryForward(_v6, packet->Key6, packet, now, out continuation))
                || TryHandleSlowly(burst[i], packet))
                && (continuation == 0 || TryContinue(burst[i], continuation)))
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

    /// <summary>Rewrites by the flow's entry.</summary>
    /// <returns>False when there is none, or the TTL is too low for it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryForward<TAddresses>(
        FlowTable<TAddresses> table, in FlowKey<TAddresses> key, PendingPacket* packet, uint now, out int continuation)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        continuation = 0;
        var entry = table.Confirm(packet->Candidate, key, packet->Hash);
        if (entry == null)
        {
            return false;
        }

        var frame = packet->Frame;
        var ip = frame + packet->NetworkOffset;
        if (FlowRewriter.TimeToLive<TAddresses>(ip) <= entry->TimeToLiveLimit)
        {
            return false;
        }

        // Without the tag, as the functions see frames.
        var bytes = (ulong)(packet->Length - packet->NetworkOffset + EthernetLength);
        if (entry->Work != 0 && !TryWork(table, entry, packet, (int)bytes))
        {
            return false;
        }

        FlowRewriter.Apply(ip, entry);
        var exit = _exits + entry->Exit;
        ExitImage.Write(frame, exit->Keep, exit->Value);
        exit->Packets++;
        exit->Bytes += bytes;
        entry->Packets++;
        entry->Bytes += bytes;
        entry->LastSeen = now;
        continuation = exit->Continuation;
        return true;
    }

    /// <summary>Lets functions work on the packet; false when one drops it, or asks for the slow path.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryWork<TAddresses>(FlowTable<TAddresses> table, FlowEntry<TAddresses>* entry, PendingPacket* packet, int bytes)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var mbuf = _burst[packet - _pending];
        var network = new PacketPayload((nint)(packet->Frame + packet->NetworkOffset), mbuf.DataLength - packet->NetworkOffset);
        var established = new EstablishedPacket(_flows.Now, bytes, network);
        var reason = _flows.Work(table, entry, ref established, packet->NetworkOffset, mbuf, Copies);
        if (reason == DropReason.None)
        {
            return !established.AsksFunctions;
        }

        _counters->CountDrop(reason);
        packet->Path = PacketPath.Dropped;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryHandleSlowly(Mbuf mbuf, PendingPacket* packet)
    {
        if (packet->Path == PacketPath.Dropped)
        {
            return false;
        }

        var reason = _slowPath.Handle(mbuf, Snapshot, out var continuation);
        if (reason == DropReason.None)
        {
            return continuation == 0 || TryContinue(mbuf, continuation);
        }

        _counters->CountDrop(reason);
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryContinue(Mbuf mbuf, int continuation)
    {
        var reason = _segmentWalk.Continue(mbuf, continuation);
        if (reason == DropReason.None)
        {
            return true;
        }

        _counters->CountDrop(reason);
        return false;
    }
}
