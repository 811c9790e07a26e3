using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Sampling;
using Metron.Dpdk;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Carries packets on that come to a function which changes frames: shows it the frame, reads anew what it leaves, finds the flow's entry for
/// the next segment or asks the functions there, and so on until the packet leaves. Belongs to the worker's thread. One packet at a
/// time: what a packet becomes is only known when the function is done with it.
/// </summary>
internal sealed unsafe class SegmentWalk
{
    /// <summary>Segments and functions that a packet may pass; more than that is a loop.</summary>
    private const int MaximumHops = 32;

    private const ushort EtherTypeIpv4 = 0x0008;
    private const ushort EtherTypeIpv6 = 0xdd86;
    private const int EthernetLength = 14;
    private const int TagLength = 4;

    private readonly WorkerContext _context;
    private FlowDirectory _flows = null!; // these three are of the packet's flow group
    private FlowExits _exits = null!;
    private Segments _segments = null!;
    private readonly SlowPath _slowPath;
    private readonly PacketCopies _copies;
    private readonly CycleSampler _sampler;

    public SegmentWalk(SlowPath slowPath, PacketCopies copies, WorkerContext context)
    {
        _sampler = context.Sampler;
        _context = context;
        _slowPath = slowPath;
        _copies = copies;
    }

    /// <summary>Carries a packet on to its end.</summary>
    /// <param name="mbuf">The packet; the caller keeps it.</param>
    /// <param name="group">Its flow group, which is the worker's.</param>
    /// <param name="number">Number of the segment where it is.</param>
    /// <returns><see cref="DropReason.None"/> when it is ready to be sent, or why it must be freed.</returns>
    public DropReason Continue(Mbuf mbuf, FlowGroup group, int number)
    {
        (_flows, _exits, _segments) = (group.Flows, group.Exits, group.Segments);
        _slowPath.Use(group);
        for (var hop = 0; hop < MaximumHops; hop++)
        {
            if (number == Segments.NoRoom)
            {
                return DropReason.TableFull;
            }

            var segment = _segments[number];
            var reason = DropReason.None;
            if (segment.Function is { } function)
            {
                reason = Transform(mbuf, segment, function, out number);
            }
            else if (segment.IsExit)
            {
                Leave(mbuf, segment);
                return DropReason.None;
            }
            else if (!TryForward(mbuf, segment, out number, out reason))
            {
                var interrupted = _sampler.Enter(CycleStage.SlowPath);
                reason = _slowPath.Handle(mbuf, segment.Slot, segment.Number, segment.HasVlan, out number);
                _sampler.Leave(interrupted);
            }

            if (reason != DropReason.None || number == 0)
            {
                return reason;
            }
        }

        return DropReason.RoutingLoop;
    }

    /// <summary>Shows a frame to a function that changes it.</summary>
    private DropReason Transform(Mbuf mbuf, Segment segment, NetworkFunction function, out int next)
    {
        next = 0;
        var at = segment.Slot.At;
        var program = segment.Slot.Program;
        if (mbuf.DataLength != mbuf.PacketLength || mbuf.Tailroom < 0)
        {
            program.CountDrop(at.Function, DropReason.TooBig);
            return DropReason.TooBig;
        }

        var buffer = new Span<byte>(mbuf.Data - mbuf.DataOffset, mbuf.BufferLength);
        var linkLength = EthernetLength + (segment.HasVlan ? TagLength : 0);
        var packet = new FramePacket(buffer, mbuf.DataOffset, mbuf.DataLength, linkLength, _context.Now);
        _sampler.EnterFunction();
        var verdict = function.ProcessFrame(ref packet, at.Port);
        _sampler.LeaveFunction(program.Samples, at.Function, FunctionPath.Frame);
        if (verdict.IsDrop)
        {
            program.CountDrop(at.Function, verdict.Reason);
            return verdict.Reason;
        }

        mbuf.DataOffset = (ushort)packet.Start;
        mbuf.SetLength(packet.Length);
        var last = segment.Last;
        if (last.Next != 0 && last.Port == verdict.Port && last.Outcome == verdict.Outcome
            && last.IsNewLink == packet.IsNewLink && last.IsWellFormed == packet.IsWellFormed)
        {
            next = last.Next;
            return DropReason.None;
        }

        return Turn(segment, verdict, packet, out next);
    }

    /// <summary>Finds the segment where a function's verdict leads.</summary>
    private DropReason Turn(Segment segment, in Verdict verdict, in FramePacket packet, out int next)
    {
        next = 0;
        var slot = segment.Slot;
        var compiled = slot.Program.Compiled;
        var target = compiled.Target(slot.At.Function, verdict.Port);
        if (target == WireTarget.Nowhere || (target.Endpoint >= 0 && compiled.Egress(target.Endpoint) is null))
        {
            slot.Program.CountDrop(slot.At.Function, DropReason.NotAnEgress);
            return DropReason.NotAnEgress;
        }

        var position = compiled.Classes.Next(slot.ClassRoot, slot.At.Function, verdict.Outcome);
        next = _segments.Find(slot, target, position, slot.IsDestinationWritten && !packet.IsNewLink, packet.IsWellFormed);
        segment.Last = (verdict.Port, verdict.Outcome, packet.IsNewLink, packet.IsWellFormed, next);
        return DropReason.None;
    }

    /// <summary>Sends a packet out by the endpoint where its segment ends at once; no function is asked, so all packets are alike.</summary>
    private void Leave(Mbuf mbuf, Segment segment)
    {
        var bytes = mbuf.PacketLength - (segment.HasVlan ? (uint)TagLength : 0);
        if (segment.Exit == 0)
        {
            var key = Segments.ExitTo(segment.Slot, segment.Slot.At.Endpoint, segment.Slot.ClassRoot, ExitKey.Unchanged, ExitKey.Unchanged);
            segment.Exit = _exits.Write(mbuf, key, segment.Slot);
        }
        else
        {
            var exit = _exits.Start + segment.Exit;
            ExitImage.Write(mbuf.Data, exit->Keep, exit->Value);
        }

        _exits.Start[segment.Exit].Packets++;
        _exits.Start[segment.Exit].Bytes += bytes;
    }

    /// <summary>Rewrites by the flow's entry in the segment.</summary>
    /// <param name="mbuf">The packet.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="next">Number of the segment where it goes on; 0 when it leaves.</param>
    /// <param name="reason">Why a function that works on every packet dropped it; <see cref="DropReason.None"/> when none did.</param>
    /// <returns>False when there is none, or the packet is not plain.</returns>
    private bool TryForward(Mbuf mbuf, Segment segment, out int next, out DropReason reason)
    {
        (next, reason) = (0, DropReason.None);
        var frame = mbuf.Data;
        var offset = EthernetLength + (segment.HasVlan ? TagLength : 0);
        var contiguous = mbuf.DataLength - offset;
        var length = (int)mbuf.PacketLength - offset;
        if (contiguous < 0)
        {
            return false;
        }

        var etherType = *(ushort*)(frame + offset - 2);
        if (etherType == EtherTypeIpv4)
        {
            return PlainPacketReader.TryReadIpv4(frame + offset, contiguous, length, segment.Number, out var key)
                && TryForward(_flows.V4, key, mbuf, offset, out next, out reason);
        }

        FlowKey<Ipv6Addresses> key6;
        return etherType == EtherTypeIpv6
            && PlainPacketReader.TryReadIpv6(frame + offset, contiguous, length, segment.Number, &key6)
            && TryForward(_flows.V6, key6, mbuf, offset, out next, out reason);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryForward<TAddresses>(
        FlowTable<TAddresses> table, in FlowKey<TAddresses> key, Mbuf mbuf, int offset, out int next, out DropReason reason)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        (next, reason) = (0, DropReason.None);
        var entry = table.FindEntry(key, table.Hash(key));
        var frame = mbuf.Data;
        if (entry == null || FlowRewriter.TimeToLive<TAddresses>(frame + offset) <= entry->TimeToLiveLimit)
        {
            return false;
        }

        var bytes = mbuf.PacketLength - (uint)offset + EthernetLength;
        if (entry->Work != 0)
        {
            var established = new EstablishedPacket(_context.Now, (int)bytes, new PacketPayload((nint)(frame + offset), mbuf.DataLength - offset));
            reason = _flows.Work(table, entry, ref established, offset, mbuf, _copies);
            if (established.AsksFunctions)
            {
                reason = DropReason.None;
                return false;
            }

            if (reason != DropReason.None)
            {
                return true;
            }
        }

        FlowRewriter.Apply(frame + offset, entry);
        var exit = _exits.Start + entry->Exit;
        ExitImage.Write(frame, exit->Keep, exit->Value);
        exit->Packets++;
        exit->Bytes += bytes;
        entry->Packets++;
        entry->Bytes += bytes;
        entry->LastSeen = (uint)_context.Now;
        next = exit->Continuation;
        return true;
    }
}
