using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dpdk;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <content>What becomes of packets that no entry says all of: rare ones, whose cost matters less.</content>
internal sealed unsafe partial class BurstProcessor
{
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
