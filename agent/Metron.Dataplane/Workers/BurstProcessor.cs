using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Sampling;
using Metron.Dpdk;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Carries a burst of packets through the worker's programs: read key and ask for its bucket, find the entry and ask for it, rewrite. Each
/// step is done for the whole burst before the next, so that cache misses overlap. Belongs to the worker's thread.
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
    private int _count;
    private readonly CycleSampler _sampler;

    /// <param name="flows">The worker's flows.</param>
    /// <param name="counters">The worker's counters.</param>
    /// <param name="sampler">The worker's.</param>
    public BurstProcessor(FlowDirectory flows, WorkerCounters* counters, CycleSampler sampler)
    {
        _sampler = sampler;
        _pending = (PendingPacket*)_pendingRegion.Start;
        _counters = counters;
        _flows = flows;
        _v4 = flows.V4;
        _v6 = flows.V6;
        _exitTable = new FlowExits();
        _exits = _exitTable.Start;
        Segments = new Segments();
        _slowPath = new SlowPath(flows, _exitTable, Segments, Copies, counters, sampler);
        _segmentWalk = new SegmentWalk(flows, _exitTable, Segments, _slowPath, Copies, sampler);
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
        _exitTable.Dispose();
        Copies.Dispose();
    }

    /// <summary>Second step, and what comes before the third for packets that functions see.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Lookup(Mbuf* burst, int count)
    {
        if (FindEntries(count) > 1)
        {
            FirstPackets.Prefetch(burst, _pending, count, Snapshot);
        }

        if (_flows.HasWork)
        {
            _flows.PrepareWork(_pending, count);
        }
    }

    // The steps are methods of their own, so that each has the registers to itself, and compiled at once instead of in tiers, so that a
    // worker is as fast with its first packet as with its last.

    /// <summary>
    /// First step: reads tags and keys, hashes, asks for the buckets. IPv6 is left to a pass of its own, so that this one needs few registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Classify(Mbuf* burst, int count)
    {
        for (var i = 0; i < count; i++)
        {
            burst[i].PrefetchData();
        }

        var snapshot = Snapshot;
        var tags = snapshot.MacTags.Words;
        var tagMask = snapshot.MacTags.Mask;
        var buckets = _v4.Index.Buckets;
        var bucketMask = _v4.Index.Mask;
        var seed = _v4.Seed;
        var packet = _pending;
        var hasV6 = false;
        ulong bytes = 0;
        for (var end = burst + count; burst < end; burst++, packet++)
        {
            var frame = burst->Data;
            int contiguous = burst->DataLength;
            var length = burst->PacketLength;
            bytes += length;
            packet->Frame = frame;
            packet->Start((ushort)length);
            if (contiguous < EthernetLength + TagLength || length > ushort.MaxValue)
            {
                continue;
            }

            ushort slot;
            var offset = EthernetLength;
            var etherType = *(ushort*)(frame + 12);
            if (etherType == EtherTypeVlan)
            {
                offset = EthernetLength + TagLength;
                etherType = *(ushort*)(frame + 16);
                slot = snapshot.VlanSlot(BinaryPrimitives.ReverseEndianness(*(ushort*)(frame + 14)));
            }
            else if ((*(uint*)frame & 0xffffff) != TagPrefix
                || !TagTable.TryFirst(tags, tagMask, BinaryPrimitives.ReverseEndianness(*(uint*)(frame + 2)) & DispatchTag.MaximumMacTag, out slot))
            {
                slot = FindMacSlot(frame);
            }

            packet->NetworkOffset = (byte)offset;
            if (!WorkerSnapshot.IsSlot(slot))
            {
                continue;
            }

            packet->Candidate = slot;
            if (etherType == EtherTypeIpv4)
            {
                if (PlainPacketReader.TryReadIpv4(frame + offset, contiguous - offset, (int)length - offset, slot, out var key))
                {
                    var hash = FlowKey<Ipv4Addresses>.Hash(key, seed);
                    packet->Path = PacketPath.Ipv4Flow;
                    packet->Key4 = key;
                    packet->Hash = hash;
                    Sse.Prefetch0(buckets + ((uint)hash & bucketMask));
                }
            }
            else if (etherType == EtherTypeIpv6)
            {
                hasV6 = true;
                packet->Path = PacketPath.Ipv6Flow;
            }
        }

        _counters->ReceivedPackets += (uint)count;
        _counters->ReceivedBytes += bytes;
        if (hasV6)
        {
            ClassifyIpv6(burst - count, count);
        }
    }

    /// <summary>Rest of the first step for IPv6 packets, whose slots stand where candidates will.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void ClassifyIpv6(Mbuf* burst, int count)
    {
        var buckets = _v6.Index.Buckets;
        var bucketMask = _v6.Index.Mask;
        var seed = _v6.Seed;
        var packet = _pending;
        for (var end = packet + count; packet < end; packet++, burst++)
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
                Sse.Prefetch0(buckets + ((uint)packet->Hash & bucketMask));
            }
            else
            {
                packet->Path = PacketPath.Slow;
            }
        }
    }

    /// <summary>The ingress slot of a frame whose tag is not found at first sight, or that has none.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ushort FindMacSlot(byte* frame) => Snapshot.MacSlot(new MacAddress(BinaryPrimitives.ReverseEndianness(*(ulong*)frame) >> 16));

    /// <summary>Second step: looks for the entries, and asks for them.</summary>
    /// <returns>Number of packets that functions will probably be asked about.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int FindEntries(int count)
    {
        var missing = 0;
        var index4 = _v4.Index;
        var index6 = _v6.Index;
        var packet = _pending;
        for (var end = packet + count; packet < end; packet++)
        {
            if (packet->Path == PacketPath.Ipv4Flow)
            {
                var candidate = _v4.PrefetchEntry(index4, packet->Hash);
                packet->Candidate = candidate;
                missing += candidate == 0 ? 1 : 0;
            }
            else if (packet->Path == PacketPath.Ipv6Flow)
            {
                var candidate = _v6.PrefetchEntry(index6, packet->Hash);
                packet->Candidate = candidate;
                missing += candidate == 0 ? 1 : 0;
            }
            else
            {
                missing++;
            }
        }

        return missing;
    }

    /// <summary>Third step: rewrites by the entries, or asks the functions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private int Forward(Mbuf* burst, int count, Mbuf* outgoing, Mbuf* dropped)
    {
        var sent = outgoing;
        var now = (uint)_flows.Now;
        var exits = _exits;
        var v4 = _v4;
        var v6 = _v6;
        var packet = _pending;
        for (var end = burst + count; burst < end; burst++, packet++)
        {
            int continuation;
            if (packet->Path == PacketPath.Ipv4Flow
                && v4.TryConfirm(packet->Candidate, packet->Key4, out var entry4)
                && IsSimple(entry4, packet))
            {
                continuation = Rewrite(entry4, packet, exits, now);
            }
            else if (packet->Path == PacketPath.Ipv6Flow
                && v6.TryConfirm(packet->Candidate, packet->Key6, out var entry6)
                && IsSimple(entry6, packet))
            {
                continuation = Rewrite(entry6, packet, exits, now);
            }
            else if (!TryForwardRarely(*burst, packet, now, out continuation))
            {
                *dropped++ = *burst;
                continue;
            }

            if (continuation == 0 || TryContinue(*burst, continuation))
            {
                *sent++ = *burst;
            }
            else
            {
                *dropped++ = *burst;
            }
        }

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
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryForwardRarely(Mbuf mbuf, PendingPacket* packet, uint now, out int continuation) => packet->Path switch
    {
        PacketPath.Ipv4Flow => TryForwardRarely(_v4, packet->Key4, mbuf, packet, now, out continuation),
        PacketPath.Ipv6Flow => TryForwardRarely(_v6, packet->Key6, mbuf, packet, now, out continuation),
        _ => TryHandleSlowly(mbuf, out continuation),
    };

    private bool TryForwardRarely<TAddresses>(
        FlowTable<TAddresses> table, in FlowKey<TAddresses> key, Mbuf mbuf, PendingPacket* packet, uint now, out int continuation)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var entry = table.FindEntry(key, packet->Hash);
        if (entry == null || FlowRewriter.TimeToLive<TAddresses>(packet->Frame + packet->NetworkOffset) <= entry->TimeToLiveLimit)
        {
            return TryHandleSlowly(mbuf, out continuation);
        }

        if (entry->Work != 0)
        {
            var network = new PacketPayload((nint)(packet->Frame + packet->NetworkOffset), mbuf.DataLength - packet->NetworkOffset);
            // Without the tag, as the functions see frames.
            var established = new EstablishedPacket(_flows.Now, packet->Length - packet->NetworkOffset + EthernetLength, network)
            {
                Next = Snapshot.ReadsNext ? FindNext(packet) : default,
            };
            var reason = _flows.Work(table, entry, ref established, packet->NetworkOffset, mbuf, Copies);
            if (established.AsksFunctions)
            {
                return TryHandleSlowly(mbuf, out continuation);
            }

            if (reason != DropReason.None)
            {
                _counters->CountDrop(reason);
                continuation = 0;
                return false;
            }
        }

        continuation = Rewrite(entry, packet, _exits, now);
        return true;
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

    private bool TryHandleSlowly(Mbuf mbuf, out int continuation)
    {
        var interrupted = _sampler.Enter(CycleStage.SlowPath);
        var reason = _slowPath.Handle(mbuf, Snapshot, out continuation);
        _sampler.Leave(interrupted);
        if (reason == DropReason.None)
        {
            return true;
        }

        _counters->CountDrop(reason);
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryContinue(Mbuf mbuf, int continuation)
    {
        var interrupted = _sampler.Enter(CycleStage.Segments);
        var reason = _segmentWalk.Continue(mbuf, continuation);
        _sampler.Leave(interrupted);
        if (reason == DropReason.None)
        {
            return true;
        }

        _counters->CountDrop(reason);
        return false;
    }
}
