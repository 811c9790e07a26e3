using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Sampling;
using Metron.Dpdk;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Carries a burst of packets through the worker's programs: read key and ask for its bucket, find the entry and ask for it, rewrite. Each
/// step is done for the whole burst before the next, so that cache misses overlap; its packets may be of any of the worker's flow groups.
/// Belongs to the worker's thread.
/// </summary>
internal sealed unsafe partial class BurstProcessor : IDisposable
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

    private readonly NativeRegion _pendingRegion = new((nuint)(MaximumBurst * (sizeof(PendingPacket) + sizeof(GroupView*))));
    private readonly PendingPacket* _pending;
    private readonly GroupView** _views; // of the burst's packets; null for those whose slot is not known
    private readonly WorkerCounters* _counters;
    private readonly FlowGroups _groups;
    private readonly GroupHoldings _holdings;
    private readonly WorkerContext _context;
    private readonly SlowPath _slowPath;
    private readonly SegmentWalk _segmentWalk;
    private Mbuf* _burst;
    private int _count;
    private readonly CycleSampler _sampler;

    /// <param name="groups">All flow groups.</param>
    /// <param name="holdings">Which of them are the worker's.</param>
    /// <param name="context">The worker's.</param>
    /// <param name="counters">The worker's counters.</param>
    public BurstProcessor(FlowGroups groups, GroupHoldings holdings, WorkerContext context, WorkerCounters* counters)
    {
        _sampler = context.Sampler;
        _pending = (PendingPacket*)_pendingRegion.Start;
        _views = (GroupView**)(_pending + MaximumBurst);
        _counters = counters;
        _groups = groups;
        _holdings = holdings;
        _context = context;
        _slowPath = new SlowPath(groups.HashMask, Copies, counters, context);
        _segmentWalk = new SegmentWalk(_slowPath, Copies, context);
    }

    /// <summary>What the worker runs; replaced between bursts.</summary>
    public WorkerSnapshot Snapshot { get; set; } = WorkerSnapshot.Empty;

    /// <summary>Copies of packets that functions asked for; to be sent and cleared behind each burst.</summary>
    public PacketCopies Copies { get; } = new();

    /// <summary>Mbufs of the last burst that are to be freed.</summary>
    public int Dropped { get; private set; }

    /// <summary>
    /// Handles a burst. Cost for established IPv4 flows of one chain is given in the README; the slow path takes some hundred nanoseconds.
    /// </summary>
    /// <param name="burst">Received mbufs; they are the worker's.</param>
    /// <param name="count">Number of them, at most <see cref="MaximumBurst"/>.</param>
    /// <param name="outgoing">Gets the mbufs to send, in order.</param>
    /// <param name="dropped">Gets the mbufs to free: <see cref="Dropped"/>.</param>
    /// <returns>Number of mbufs to send. What is neither sent nor freed waits for its flow group.</returns>
    public int Process(Mbuf* burst, int count, Mbuf* outgoing, Mbuf* dropped)
    {
        _burst = burst;
        _count = count;
        if (_sampler.IsSampling)
        {
            return ProcessMeasured(burst, count, outgoing, dropped);
        }

        Classify(burst, count);
        Lookup(burst, count);
        return Forward(burst, count, outgoing, dropped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pendingRegion.Dispose();
        Copies.Dispose();
    }

    /// <summary>Second step, and what comes before the third for packets that functions see.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Lookup(Mbuf* burst, int count)
    {
        if (FindEntries(count, out var work) > 1)
        {
            FirstPackets.Prefetch(burst, _pending, count, Snapshot);
        }

        if (work != 0)
        {
            PrepareWork(count);
        }
    }

    /// <summary>
    /// Has what functions will need that work on every packet brought into the cache for the whole burst, so that its misses overlap: first the pieces
    /// of work, then what functions keep for them. Worth some 300 cycles per packet of 10,000 flows.
    /// </summary>
    private void PrepareWork(int count)
    {
        var work = stackalloc int[MaximumBurst];
        for (var i = 0; i < count; i++)
        {
            work[i] = _pending[i].Candidate == 0 || _pending[i].Path is not (PacketPath.Ipv4Flow or PacketPath.Ipv6Flow)
                ? 0 : _groups[_views[i]->Number].Flows.PrefetchWork(_pending[i]);
        }

        for (var i = 0; i < count; i++)
        {
            if (work[i] != 0)
            {
                _groups[_views[i]->Number].Flows.PrepareWork(_pending[i], work[i]);
            }
        }
    }

    // The steps are methods of their own, so that each has the registers to itself, and compiled at once instead of in tiers, so that a
    // worker is as fast with its first packet as with its last.

    /// <summary>
    /// First step: reads tags and keys, hashes, asks for the buckets. In passes of their own, for tags, IPv4 and IPv6, so that each needs few registers.
    /// </summary>
    private void Classify(Mbuf* burst, int count)
    {
        var hasV6 = ReadTags(burst, count);
        ClassifyIpv4(burst, count);
        if (hasV6)
        {
            ClassifyIpv6(burst, count);
        }
    }

    /// <summary>Begins the first step: finds slot and flow group of each packet by its tag.</summary>
    /// <returns>Whether there are IPv6 packets.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private bool ReadTags(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            burst[i].PrefetchData();
        }

        var tags = Snapshot.MacTags.Words;
        var tagMask = Snapshot.MacTags.Mask;
        var views = _groups.Views;
        var self = _context.Index;
        var packet = _pending;
        var packetView = _views;
        var hasV6 = false;
        ulong bytes = 0;
        _counters->ReceivedPackets += (uint)count;
        for (var end = burst + count; burst < end; burst++, packet++, packetView++)
        {
            var frame = burst->Data;
            var length = burst->PacketLength;
            bytes += length;
            packet->Frame = frame;
            packet->Start((ushort)length);
            *packetView = null;
            if (burst->DataLength < EthernetLength + TagLength || length > ushort.MaxValue)
            {
                continue;
            }

            ulong place;
            var etherType = *(ushort*)(frame + 12);
            packet->NetworkOffset = EthernetLength;
            if (etherType == EtherTypeVlan)
            {
                packet->NetworkOffset = EthernetLength + TagLength;
                etherType = *(ushort*)(frame + 16);
                place = FindVlanPlace(frame);
            }
            else if ((*(uint*)frame & 0xffffff) != TagPrefix
                || !TagTable.TryFirst(tags, tagMask, BinaryPrimitives.ReverseEndianness(*(uint*)(frame + 2)) & DispatchTag.MaximumMacTag, out place))
            {
                place = FindMacPlace(frame);
            }

            if (IngressPlace.IsHashed(place))
            {
                place = AddHash(place, *burst);
            }

            var slot = IngressPlace.SlotOf(place);
            if (!WorkerSnapshot.IsSlot(slot))
            {
                continue;
            }

            packet->Candidate = slot;
            var view = views + IngressPlace.GroupOf(place);
            *packetView = view;
            if (view->Owner != self)
            {
                packet->Path = PacketPath.Foreign;
                continue;
            }

            view->Packets++;
            if (etherType == EtherTypeIpv4)
            {
                packet->Path = PacketPath.Ipv4Flow;
            }
            else if (etherType == EtherTypeIpv6)
            {
                hasV6 = true;
                packet->Path = PacketPath.Ipv6Flow;
            }
        }

        _counters->ReceivedBytes += bytes;
        return hasV6;
    }

    /// <summary>The next part of the first step, for IPv4 packets, whose slots stand where candidates will.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void ClassifyIpv4(Mbuf* burst, int count)
    {
        var seed = _groups.Seed;
        var packet = _pending;
        var packetView = _views;
        for (var end = packet + count; packet < end; packet++, packetView++, burst++)
        {
            if (packet->Path != PacketPath.Ipv4Flow)
            {
                continue;
            }

            int offset = packet->NetworkOffset;
            if (PlainPacketReader.TryReadIpv4(
                packet->Frame + offset, burst->DataLength - offset, packet->Length - offset, (ushort)packet->Candidate, out var key))
            {
                var hash = FlowKey<Ipv4Addresses>.Hash(key, seed);
                packet->Key4 = key;
                packet->Hash = hash;
                Sse.Prefetch0((*packetView)->Index4.Buckets + ((uint)hash & (*packetView)->Index4.Mask));
            }
            else
            {
                packet->Path = PacketPath.Slow;
            }
        }
    }

    /// <summary>Rest of the first step for IPv6 packets, whose slots stand where candidates will.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void ClassifyIpv6(Mbuf* burst, int count)
    {
        var seed = _groups.Seed;
        var packet = _pending;
        var packetView = _views;
        for (var end = packet + count; packet < end; packet++, packetView++, burst++)
        {
            if (packet->Path != PacketPath.Ipv6Flow)
            {
                continue;
            }

            int offset = packet->NetworkOffset;
            if (PlainPacketReader.TryReadIpv6(
                packet->Frame + offset, burst->DataLength - offset, packet->Length - offset, (ushort)packet->Candidate, &packet->Key6))
            {
                packet->Hash = FlowKey<Ipv6Addresses>.Hash(packet->Key6, seed);
                Sse.Prefetch0((*packetView)->Index6.Buckets + ((uint)packet->Hash & (*packetView)->Index6.Mask));
            }
            else
            {
                packet->Path = PacketPath.Slow;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong FindVlanPlace(byte* frame) => Snapshot.VlanPlace(BinaryPrimitives.ReverseEndianness(*(ushort*)(frame + 14)));

    /// <summary>The place of the group that a packet's hash names.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong AddHash(ulong place, Mbuf mbuf) => IngressPlace.Add(place, mbuf.RssHash & _groups.HashMask);

    /// <summary>The ingress place of a frame whose tag is not found at first sight, or that has none.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong FindMacPlace(byte* frame) => Snapshot.MacPlace(new MacAddress(BinaryPrimitives.ReverseEndianness(*(ulong*)frame) >> 16));

    /// <summary>Second step: looks for the entries, and asks for them.</summary>
    /// <param name="count">Number of packets.</param>
    /// <param name="work">Not 0: flows of the packets' groups have work for functions.</param>
    /// <returns>Number of packets that functions will probably be asked about.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int FindEntries(int count, out int work)
    {
        var missing = 0;
        var pieces = 0;
        var packet = _pending;
        var packetView = _views;
        for (var end = packet + count; packet < end; packet++, packetView++)
        {
            if (packet->Path == PacketPath.Ipv4Flow)
            {
                var view = *packetView;
                var candidate = FlowTable<Ipv4Addresses>.PrefetchEntry(view->Index4, view->Entries4, packet->Hash);
                packet->Candidate = candidate;
                missing += candidate == 0 ? 1 : 0;
                pieces |= view->Work;
            }
            else if (packet->Path == PacketPath.Ipv6Flow)
            {
                var view = *packetView;
                var candidate = FlowTable<Ipv6Addresses>.PrefetchEntry(view->Index6, view->Entries6, packet->Hash);
                packet->Candidate = candidate;
                missing += candidate == 0 ? 1 : 0;
                pieces |= view->Work;
            }
            else
            {
                missing++;
            }
        }

        work = pieces;
        return missing;
    }

    /// <summary>Third step: rewrites by the entries, or asks the functions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int Forward(Mbuf* burst, int count, Mbuf* outgoing, Mbuf* dropped)
    {
        var sent = outgoing;
        var freed = dropped;
        var now = (uint)_context.Now;
        var packet = _pending;
        var packetView = _views;
        for (var end = burst + count; burst < end; burst++, packet++, packetView++)
        {
            int continuation;
            if (packet->Path == PacketPath.Ipv4Flow
                && FlowTable<Ipv4Addresses>.TryConfirm((*packetView)->Entries4, packet->Candidate, packet->Key4, out var entry4)
                && IsSimple(entry4, packet))
            {
                continuation = Rewrite(entry4, packet, (*packetView)->Exits, now);
            }
            else if (packet->Path == PacketPath.Ipv6Flow
                && FlowTable<Ipv6Addresses>.TryConfirm((*packetView)->Entries6, packet->Candidate, packet->Key6, out var entry6)
                && IsSimple(entry6, packet))
            {
                continuation = Rewrite(entry6, packet, (*packetView)->Exits, now);
            }
            else
            {
                var fate = ForwardRarely(*burst, packet, packetView, now, out continuation);
                if (fate != PacketFate.Forwarded)
                {
                    *freed = *burst;
                    freed += fate == PacketFate.Dropped ? 1 : 0;
                    continue;
                }
            }

            if (continuation == 0 || TryContinue(*burst, *packetView, continuation))
            {
                *sent++ = *burst;
            }
            else
            {
                *freed++ = *burst;
            }
        }

        Dropped = (int)(freed - dropped);
        return (int)(sent - outgoing);
    }

    /// <summary>Whether the entry says all that happens to the packet: its TTL is high enough, and no function works on each packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSimple<TAddresses>(FlowEntry<TAddresses>* entry, PendingPacket* packet)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses> =>
        FlowRewriter.TimeToLive<TAddresses>(packet->Frame + packet->NetworkOffset) > entry->TimeToLiveLimit && entry->Work == 0;

    /// <summary>Rewrites by the flow's entry.</summary>
    /// <returns>Number of the segment where the packet goes on; 0 when it is ready to be sent.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Rewrite<TAddresses>(FlowEntry<TAddresses>* entry, PendingPacket* packet, FlowExit* exits, uint now)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        FlowRewriter.Apply(packet->Frame + packet->NetworkOffset, entry);
        var exit = exits + entry->Exit;
        ExitImage.Write(packet->Frame, exit->Keep, exit->Value);
        // Without the tag, as the functions see frames.
        var bytes = (ulong)(packet->Length - packet->NetworkOffset + EthernetLength);
        exit->Packets++;
        exit->Bytes += bytes;
        entry->Packets++;
        entry->Bytes += bytes;
        entry->LastSeen = now;
        return exit->Continuation;
    }

    /// <summary>Handles a packet whose entry is not the first that its hash led to, or has work for functions, or that has none.</summary>
    /// <param name="mbuf">The packet.</param>
    /// <param name="packet">What is known of it.</param>
    /// <param name="view">Its group; set here for packets whose slot was not known yet.</param>
    /// <param name="now">Low 32 bits of the worker's milliseconds.</param>
    /// <param name="continuation">Number of the segment where it goes on; 0 when it is ready to be sent.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private PacketFate ForwardRarely(Mbuf mbuf, PendingPacket* packet, GroupView** view, uint now, out int continuation)
    {
        switch (packet->Path)
        {
            case PacketPath.Ipv4Flow:
                return ForwardRarely(_groups[(*view)->Number], _groups[(*view)->Number].Flows.V4, packet->Key4, mbuf, packet, now, out continuation);
            case PacketPath.Ipv6Flow:
                return ForwardRarely(_groups[(*view)->Number], _groups[(*view)->Number].Flows.V6, packet->Key6, mbuf, packet, now, out continuation);
            case PacketPath.Foreign:
                continuation = 0;
                return Keep(mbuf, (*view)->Number);
            default:
                return HandleSlowly(mbuf, view, out continuation);
        }
    }

    private PacketFate ForwardRarely<TAddresses>(
        FlowGroup group, FlowTable<TAddresses> table, in FlowKey<TAddresses> key, Mbuf mbuf, PendingPacket* packet, uint now, out int continuation)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var view = group.View;
        var entry = table.FindEntry(key, packet->Hash);
        if (entry == null || FlowRewriter.TimeToLive<TAddresses>(packet->Frame + packet->NetworkOffset) <= entry->TimeToLiveLimit)
        {
            return HandleSlowly(mbuf, &view, out continuation);
        }

        if (entry->Work != 0)
        {
            var network = new PacketPayload((nint)(packet->Frame + packet->NetworkOffset), mbuf.DataLength - packet->NetworkOffset);
            // Without the tag, as the functions see frames.
            var established = new EstablishedPacket(_context.Now, packet->Length - packet->NetworkOffset + EthernetLength, network)
            {
                Next = Snapshot.ReadsNext ? FindNext(packet) : default,
            };
            var before = _sampler.InFunctions;
            var reason = group.Flows.Work(table, entry, ref established, packet->NetworkOffset, mbuf, Copies);
            ChargeAlone(view, _sampler.InFunctions - before);
            if (established.AsksFunctions)
            {
                return HandleSlowly(mbuf, &view, out continuation);
            }

            if (reason != DropReason.None)
            {
                _counters->CountDrop(reason);
                continuation = 0;
                return PacketFate.Dropped;
            }
        }

        continuation = Rewrite(entry, packet, view->Exits, now);
        return PacketFate.Forwarded;
    }

    /// <summary>The packet behind one in the burst that is of the same flow, as far as equal hashes of 64 bits tell.</summary>
    private PacketPayload FindNext(PendingPacket* packet)
    {
        for (var next = packet + 1; next < _pending + _count; next++)
        {
            if (next->Path == packet->Path && next->Hash == packet->Hash)
            {
                return new PacketPayload((nint)(next->Frame + next->NetworkOffset), _burst[next - _pending].DataLength - next->NetworkOffset);
            }
        }

        return default;
    }

    private PacketFate HandleSlowly(Mbuf mbuf, GroupView** view, out int continuation)
    {
        var interrupted = _sampler.Enter(CycleStage.SlowPath);
        var before = _sampler.SinceBegin;
        var fate = PacketFate.Forwarded;
        continuation = 0;
        var reason = _slowPath.FindSlot(mbuf, Snapshot, out var number, out var hasVlan);
        if (reason == DropReason.None)
        {
            var slot = Snapshot.Slots[number]!;
            var group = _groups[slot.Program.Group];
            *view = group.View;
            if (group.View->Owner != _context.Index)
            {
                fate = Keep(mbuf, group.Number);
            }
            else
            {
                reason = _slowPath.Handle(mbuf, group, slot, number, hasVlan, out continuation);
            }
        }

        _sampler.Leave(interrupted);
        ChargeAlone(*view, _sampler.SinceBegin - before);
        if (reason == DropReason.None)
        {
            return fate;
        }

        _counters->CountDrop(reason);
        return PacketFate.Dropped;
    }

    /// <summary>Lets a packet of a group that is not the worker's wait, if the group is on its way here.</summary>
    private PacketFate Keep(Mbuf mbuf, int group)
    {
        var reason = _holdings.TryKeep(group, mbuf);
        if (reason == DropReason.None)
        {
            return PacketFate.Kept;
        }

        _counters->CountDrop(reason);
        return PacketFate.Dropped;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryContinue(Mbuf mbuf, GroupView* view, int continuation)
    {
        var interrupted = _sampler.Enter(CycleStage.Segments);
        var before = _sampler.SinceBegin;
        var reason = _segmentWalk.Continue(mbuf, _groups[view->Number], continuation);
        _sampler.Leave(interrupted);
        ChargeAlone(view, _sampler.SinceBegin - before);
        if (reason == DropReason.None)
        {
            return true;
        }

        _counters->CountDrop(reason);
        return false;
    }

    /// <summary>What becomes of a packet.</summary>
    private enum PacketFate
    {
        Forwarded,
        Dropped,

        /// <summary>It waits for its flow group.</summary>
        Kept,
    }
}
