using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Sampling;
using Metron.Dpdk;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Handles packets that have no flow entry: parses them fully, walks the functions of their chain, writes the changes back and composes the
/// flow's entry. Belongs to the worker's thread.
/// </summary>
internal sealed unsafe partial class SlowPath
{
    /// <summary>Dependencies that one function may add: with less room left, a packet's flow is not cached.</summary>
    private const int DependenciesPerFunction = 2;

    /// <summary>Set in a MAC address that no function wrote. Addresses have 48 bits, so that the mark goes when one is written.</summary>
    private const ulong Unwritten = 1ul << 63;

    private readonly uint _groupMask;
    private readonly WorkerContext _context;
    private FlowDirectory _flows = null!; // these three are of the packet's flow group
    private FlowExits _exits = null!;
    private Segments _segments = null!;
    private readonly PacketCopies _copies;
    private readonly WorkerCounters* _counters;
    private readonly CycleSampler _sampler;
    private FlowPacket _packet;
    private PacketHeaders _before;
    private PacketHeaders _embeddedBefore;
    private FrameLayout _layout;
    private int _segmentSizeOffset; // 0 when no SYN with the option is at hand
    private bool _isCacheable;

    /// <param name="groupMask">Bits of RSS hashes that name flow groups.</param>
    /// <param name="copies">Gets copies of packets.</param>
    /// <param name="counters">The worker's counters.</param>
    /// <param name="context">The worker's.</param>
    public SlowPath(uint groupMask, PacketCopies copies, WorkerCounters* counters, WorkerContext context)
    {
        _sampler = context.Sampler;
        _groupMask = groupMask;
        _context = context;
        _copies = copies;
        _counters = counters;
    }

    /// <summary>Handles a packet.</summary>
    /// <param name="mbuf">The packet; the caller keeps it.</param>
    /// <param name="group">Its flow group, which is the worker's.</param>
    /// <param name="slot">Its slot, as <see cref="FindSlot"/> says.</param>
    /// <param name="number">Number of the slot.</param>
    /// <param name="hasVlan">Whether the tag is a VLAN header.</param>
    /// <param name="continuation">Number of the segment where it goes on; 0 when it is ready to be sent.</param>
    /// <returns><see cref="DropReason.None"/>, or why it must be freed.</returns>
    public DropReason Handle(Mbuf mbuf, FlowGroup group, IngressSlot slot, ushort number, bool hasVlan, out int continuation)
    {
        Use(group);
        if (!slot.TakesRawFrames)
        {
            return Handle(mbuf, slot, number, hasVlan, out continuation);
        }

        continuation = _segments.Find(slot, slot.At, slot.ClassRoot, slot.IsDestinationWritten, isWellFormed: false);
        return DropReason.None;
    }

    /// <summary>Says what flow group the packets are of from now on.</summary>
    public void Use(FlowGroup group) => (_flows, _exits, _segments) = (group.Flows, group.Exits, group.Segments);

    /// <summary>Handles a packet of the group at hand that is about to enter a segment of its chain.</summary>
    /// <param name="mbuf">The packet; the caller keeps it.</param>
    /// <param name="slot">Where it enters.</param>
    /// <param name="number">Number of the slot or segment.</param>
    /// <param name="hasVlan">Whether the tag is a VLAN header.</param>
    /// <param name="continuation">Number of the segment where it goes on; 0 when it is ready to be sent.</param>
    /// <returns><see cref="DropReason.None"/>, or why it must be freed.</returns>
    public DropReason Handle(Mbuf mbuf, IngressSlot slot, ushort number, bool hasVlan, out int continuation)
    {
        continuation = 0;
        var frame = mbuf.Bytes;
        if (slot.AnswersNeighbors && IsNeighborQuestion(frame, hasVlan))
        {
            return AnswerNeighbor(mbuf, slot, hasVlan, out continuation);
        }

        var reason = FrameParser.Parse(frame, (int)mbuf.PacketLength, hasVlan, out _before, out _layout);
        if (reason != DropReason.None)
        {
            return reason;
        }

        var isError = _before.IcmpKind == IcmpKind.Error;
        _packet = new FlowPacket { Flows = _flows };
        if (isError)
        {
            reason = FrameParser.ParseEmbedded(frame, _before, ref _layout, out _embeddedBefore);
            if (reason != DropReason.None)
            {
                return reason;
            }

            if (slot is { IsTagged: true, IsContinuation: false } && TryRetag(mbuf, slot))
            {
                return DropReason.None;
            }

            _packet.Embedded = _embeddedBefore;
        }

        if (slot.Program.ReadsPayload && !_before.IsFragment && !isError)
        {
            ShowPayload(mbuf, frame);
        }

        _segmentSizeOffset = 0;
        if (slot.Program.ReadsSegmentSize && IsPlainSyn(_before))
        {
            SegmentSizeOption.TryFind(frame, _layout, out _segmentSizeOffset, out _packet.SegmentSize);
        }

        _counters->SlowPathPackets++;
        reason = Walk(mbuf, slot, isError, out var at, out var position);
        if (reason == DropReason.None)
        {
            continuation = Leave(mbuf, slot, number, at, position, isError);
        }

        return reason;
    }

    private static bool IsPlainSyn(in PacketHeaders headers) =>
        headers.Protocol == IpProtocol.Tcp && (headers.TcpFlags & TcpFlags.Syn) != 0 && !headers.IsFragment;

    /// <summary>Lets the functions see what the packet carries, as far as it lies in the frame's first segment.</summary>
    private void ShowPayload(Mbuf mbuf, ReadOnlySpan<byte> frame)
    {
        var (start, length) = PacketPayload.Locate(frame, _before, _layout);
        var contiguous = Math.Clamp(frame.Length - start, 0, length);
        _packet.Payload = new PacketPayload((nint)(mbuf.Data + start), contiguous);
        _packet.IsPayloadCut = contiguous < length;
        if (_before.Protocol == IpProtocol.Tcp)
        {
            (_packet.TcpSequence, _packet.TcpAcknowledgement) = PacketPayload.ReadNumbers(frame, _layout);
        }
    }

    /// <summary>Finds the ingress slot by the frame's tag.</summary>
    /// <param name="mbuf">The packet.</param>
    /// <param name="snapshot">What the worker runs.</param>
    /// <param name="number">The slot; it may be of a group that is not the worker's.</param>
    /// <param name="hasVlan">Whether the tag is a VLAN header.</param>
    public DropReason FindSlot(Mbuf mbuf, WorkerSnapshot snapshot, out ushort number, out bool hasVlan)
    {
        number = WorkerSnapshot.UnknownSlot;
        hasVlan = false;
        var frame = mbuf.Bytes;
        ulong place;
        if (frame.Length < 14)
        {
            return DropReason.Truncated;
        }

        hasVlan = frame[12] == 0x81 && frame[13] == 0x00;
        if (!hasVlan)
        {
            place = snapshot.MacPlace(FrameParser.ReadMac(frame));
        }
        else if (snapshot.RefusesVlan)
        {
            // The header is no tag, but the chain's own, where a function that knows VLANs takes frames in.
            place = snapshot.MacPlace(FrameParser.ReadMac(frame));
            hasVlan = false;
            number = Choose(place, mbuf);
            if (!WorkerSnapshot.IsSlot(number) || !snapshot.Slots[number]!.TakesRawFrames)
            {
                return DropReason.VlanTagged;
            }
        }
        else if (frame.Length < 18)
        {
            return DropReason.Truncated;
        }
        else
        {
            place = snapshot.VlanPlace((ushort)(frame[14] << 8 | frame[15]));
        }

        number = Choose(place, mbuf);
        return number switch
        {
            WorkerSnapshot.UnknownSlot => DropReason.UnknownTag,
            WorkerSnapshot.UndeployedSlot => DropReason.Undeployed,
            _ => DropReason.None,
        };
    }

    /// <summary>The slot of the packet's flow group.</summary>
    private ushort Choose(ulong place, Mbuf mbuf) =>
        IngressPlace.SlotOf(IngressPlace.IsHashed(place) ? IngressPlace.Add(place, mbuf.RssHash & _groupMask) : place);

    /// <summary>Sends an ICMP error about another worker's flow back to the switch with that worker's tag.</summary>
    private bool TryRetag(Mbuf mbuf, IngressSlot slot)
    {
        var owner = slot.OwnerOf(_embeddedBefore);
        if (owner == slot.Tag.Value)
        {
            return false;
        }

        var image = ExitImage.MakeRetag(slot.Program.Compiled.Program.TagKind, owner);
        ExitImage.Write(mbuf.Data, image.Keep, image.Value);
        _counters->RetaggedPackets++;
        return true;
    }

    /// <summary>Asks the functions in turn, up to an endpoint or a function that changes frames.</summary>
    private DropReason Walk(Mbuf mbuf, IngressSlot slot, bool isError, out WireTarget at, out int position)
    {
        var program = slot.Program;
        at = slot.At;
        position = slot.ClassRoot;
        _isCacheable = !isError && !_before.IsFragment && _layout.IsPlain;
        _packet.Headers = _before;
        _packet.Headers.EthernetDestination = new MacAddress(_before.EthernetDestination.Value | Unwritten);
        _packet.Headers.EthernetSource = new MacAddress(_before.EthernetSource.Value | Unwritten);
        _packet.Now = _context.Now;
        _packet.SteeringMask = slot.Tag.SteeringMask;
        _packet.Dispatch = slot.Dispatch;
        _packet.FlowGroup = program.Group;
        program.BeginWalk();
        _notedCount = 0;
        var hop = 0;
        while (!program.EndsSegment(at))
        {
            if (!program.TryVisit(program.Compiled.PortIndex(at.Function, at.Port)))
            {
                return Drop(program, at.Function, DropReason.RoutingLoop);
            }

            var function = at.Function;
            slot.NoteHop(hop++, function, at.Port);
            var verdict = Ask(program, function, at.Port, isError);
            if (_packet.CopyPort != 0)
            {
                Copy(mbuf, slot, function, isError);
            }

            if (verdict.IsDrop)
            {
                return Drop(program, function, verdict.Reason);
            }

            _isCacheable &= verdict.Cacheable;
            position = program.Compiled.Classes.Next(position, function, verdict.Outcome);
            at = program.Compiled.Target(function, verdict.Port);
            if (at == WireTarget.Nowhere || (at.Endpoint >= 0 && program.Compiled.Egress(at.Endpoint) is null))
            {
                return Drop(program, function, DropReason.NotAnEgress);
            }
        }

        return DropReason.None;
    }

    private Verdict Ask(WorkerProgram program, int index, int port, bool isError)
    {
        if (_packet.DependencyCount > FlowPacket.MaximumDependencies - DependenciesPerFunction || _packet.WorkCount == FlowPacket.MaximumWork)
        {
            _packet.DependencyCount = 0;
            _packet.WorkCount = 0;
            _notedCount = 0;
            _isCacheable = false;
        }

        _packet.FunctionIndex = index;
        var function = program.Functions[index].Instance;
        _sampler.EnterFunction();
        var verdict = isError ? function.ProcessIcmpError(ref _packet, port) : function.Process(ref _packet, port);
        _sampler.LeaveFunction(program.Samples, index, FunctionPath.Asked);
        return verdict;
    }

    private static DropReason Drop(WorkerProgram program, int function, DropReason reason)
    {
        program.CountDrop(function, reason);
        return reason;
    }

    /// <summary>Writes what was changed to the frame, counts the packet in its class, and makes the flow's entry.</summary>
    /// <returns>Number of the segment where it goes on; 0 when it leaves.</returns>
    private int Leave(Mbuf mbuf, IngressSlot slot, ushort number, in WireTarget at, int position, bool isError)
    {
        ref var after = ref _packet.Headers;
        var key = MakeExit(slot, at, position, after);
        after.EthernetDestination = _before.EthernetDestination;
        after.EthernetSource = _before.EthernetSource;

        var frame = mbuf.Bytes;
        FrameRewriter.Write(frame, _layout, _before, after);
        if (_segmentSizeOffset != 0)
        {
            SegmentSizeOption.Write(frame, _layout, _segmentSizeOffset, _packet.SegmentSize);
        }

        if (isError)
        {
            FrameRewriter.WriteEmbedded(frame, _layout, _embeddedBefore, _packet.Embedded);
        }

        var exit = _exits.Write(mbuf, key, slot);
        _exits.Start[exit].Packets++;
        _exits.Start[exit].Bytes += _before.FrameLength;
        Remember(slot, number, exit);
        return key.Continuation;
    }

    private ExitKey MakeExit(IngressSlot slot, in WireTarget at, int position, in PacketHeaders after)
    {
        var destination = IsWritten(after.EthernetDestination) ? after.EthernetDestination : ExitKey.Unchanged;
        var source = IsWritten(after.EthernetSource) ? after.EthernetSource : ExitKey.Unchanged;
        if (at.Endpoint >= 0)
        {
            return Segments.ExitTo(slot, at.Endpoint, position, destination, source);
        }

        var isWritten = slot.IsDestinationWritten || destination != ExitKey.Unchanged;
        return new ExitKey(slot.Program.Number, -1, -1, slot.IsTagged, destination, source)
        {
            Continuation = _segments.Find(slot, at, position, isWritten, isWellFormed: true),
        };
    }

    private static bool IsWritten(MacAddress mac) => (mac.Value & Unwritten) == 0;

    /// <summary>Makes the flow's entry when all functions allow it; otherwise removes the one that there is, so that they are asked again.</summary>
    private void Remember(IngressSlot slot, ushort number, int exit)
    {
        if (_before.IsFragment || !_layout.IsPlain || !PlainPacketReader.TryGetPorts(_before, out var ports))
        {
            return;
        }

        var isCacheable = _isCacheable && exit != 0 && _packet.Headers.TimeToLive <= _before.TimeToLive;
        if (_before.IsV6)
        {
            var rest = FlowKey<Ipv6Addresses>.RestOf(ports, _before.Protocol, number);
            Remember(_flows.V6, new FlowKey<Ipv6Addresses>(FlowComposer.Ipv6(_before), rest), slot.Program, exit, isCacheable);
        }
        else
        {
            var rest = FlowKey<Ipv4Addresses>.RestOf(ports, _before.Protocol, number);
            Remember(_flows.V4, new FlowKey<Ipv4Addresses>(FlowComposer.Ipv4(_before), rest), slot.Program, exit, isCacheable);
        }
    }

    private void Remember<TAddresses>(
        FlowTable<TAddresses> table, in FlowKey<TAddresses> key, WorkerProgram program, int exit, bool isCacheable)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        if (!isCacheable)
        {
            _flows.Remove(table, key);
            return;
        }

        var entry = _flows.Add(table, key, program, ref _packet);
        if (entry != null)
        {
            FlowComposer.Fill(entry, _before, _packet.Headers, exit, _context.Now);
            AttachCopies(entry);
        }
    }
}
