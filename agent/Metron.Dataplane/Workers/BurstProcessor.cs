using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Sampling;
using Metron.Dpdk;
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

    private const int EthernetLength = 14;

    private readonly NativeRegion _pendingRegion = new((nuint)(MaximumBurst * (sizeof(PendingPacket) + sizeof(GroupView*))));
    private readonly PendingPacket* _pending;
    private readonly GroupView** _views; // of the burst's packets; null for those whose slot is not known
    private readonly WorkerCounters* _counters;
    private readonly FlowGroups _groups;
    private readonly GroupHoldings _holdings;
    private readonly WorkerContext _context;
    private readonly SlowPath _slowPath;
    private readonly SegmentWalk _segmentWalk;
    private readonly CycleSampler _sampler;
    private Mbuf* _burst;
    private int _count;

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
}
