using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>
/// Packets of flows that have an entry while they are inspected: what they carry is scanned, and all else is done by the entry. Whatever is not the
/// next piece of its stream, changes the traffic class, or is the first after the direction was cleared, asks the functions.
/// </summary>
public sealed partial class DpiFunction
{
    private int _judgedRecord = -1;
    private PacketPayload _judged;
    private int _touched; // what PrepareWork read; written so that the reads are made

    /// <inheritdoc/>
    public override void PrepareWork(int handle)
    {
        ref var flow = ref _state.Table[handle >> 2];
        _touched = flow.Key.Protocol + flow.FromInside.InspectedBytes + flow.FromOutside.InspectedBytes + (flow.IsReset ? 1 : 0);
    }

    /// <inheritdoc/>
    public override DropReason Work(int handle, ref EstablishedPacket packet)
    {
        var (record, port, hadAlerted) = (handle >> 2, (handle >> 1) & 1, (handle & 1) == 1);
        ref var flow = ref _state.Table[record];
        if (flow.IsDenied)
        {
            _state.Table.Touch(record, packet.Now);
            return _drops.Drop(DropReason.ContentDenied).Reason;
        }

        ref var own = ref (port == 0 ? ref flow.FromInside : ref flow.FromOutside);
        if (own.IsCleared || flow.HasAlerted != hadAlerted || flow.IsClosed
            || !packet.Network.TryReadPlain(out var sequence, out var payload)
            || !TryScanNext(payload, sequence, record, ref flow, ref own, out var matches))
        {
            packet.AskFunctions();
            return DropReason.None;
        }

        var reason = matches.IsEmpty ? DropReason.None : JudgeEstablished(matches, payload, ref packet, port, record, ref own);
        if (reason == DropReason.None)
        {
            Spend(ref own, payload.Length);
        }

        return reason;
    }

    /// <summary>Scans a payload if it is what comes next.</summary>
    /// <returns>False when it is not.</returns>
    private bool TryScanNext(
        PacketPayload payload, uint sequence, int record, ref InspectedFlow flow, ref InspectedDirection own, out ReadOnlySpan<int> matches)
    {
        matches = [];
        var isTcp = flow.Key.Protocol == IpProtocol.Tcp;
        var isStream = isTcp && _configuration.IsStreaming;
        if (isStream && (sequence != own.NextSequence || own.FirstEarly != 0 || own.HasEarlyFinish || !own.IsStarted))
        {
            return false;
        }

        if (payload.Length == 0)
        {
            return true;
        }

        if (isStream ? own.Stream == 0 : own.InspectedBytes == 0)
        {
            return false;
        }

        Count(payload.Length);
        if (isStream)
        {
            matches = _state.Scanner.Scan(_state.Streams!, own.Stream - 1, payload.Span);
            own.NextSequence += (uint)payload.Length;
        }
        else
        {
            matches = _state.Scanner.Scan((isTcp ? _rules.Segments : _rules.Datagrams)!, payload.Span);
        }

        return true;
    }

    /// <summary>
    /// What patterns that were found mean. Conditions of rules are about what is the same for all packets of a flow of TCP or UDP, so that the
    /// flow's key stands for the packet's headers.
    /// </summary>
    private DropReason JudgeEstablished(
        ReadOnlySpan<int> matches, PacketPayload payload, ref EstablishedPacket packet, int port, int record, ref InspectedDirection own)
    {
        ref var flow = ref _state.Table[record];
        var isStream = flow.Key.Protocol == IpProtocol.Tcp && _configuration.IsStreaming;
        var alone = 0;
        ref var partials = ref (isStream ? ref own.FirstPartial : ref alone);
        var headers = flow.Key.Opening(fromOutside: port == 1);
        var found = Judge(matches, in headers, port, port == 1 == flow.OpenedFromOutside, ref partials, packet.Now);
        _state.Partials.Clear(ref alone);
        if (found.Denies)
        {
            _state.Table.Touch(record, packet.Now);
            return Deny(record, packet.Now).Reason;
        }

        if (found.Alerts && !flow.HasAlerted)
        {
            // It leaves by another traffic class. Process finds it judged.
            flow.HasAlerted = true;
            (_judgedRecord, _judged) = (record, payload);
            packet.AskFunctions();
        }

        return DropReason.None;
    }

    /// <summary>Whether the packet is the one that <see cref="Work"/> has just judged, and that asks the functions for its traffic class.</summary>
    private bool IsJudged(in FlowPacket packet, int record)
    {
        var isJudged = _judgedRecord == record && _judged.IsAt(packet.Payload);
        _judgedRecord = -1;
        return isJudged;
    }

    /// <summary>
    /// Lets the flow have an entry although it is inspected, once it has carried something (a handshake alone must not keep its place in the
    /// table), and where no function before this one works on its packets.
    /// </summary>
    private Verdict Watch(Verdict verdict, ref FlowPacket packet, int port, int record)
    {
        ref var flow = ref _state.Table[record];
        ref var own = ref (port == 0 ? ref flow.FromInside : ref flow.FromOutside);
        if (verdict.IsDrop || verdict.Cacheable || packet.Flows is null || packet.WorkCount > 0 || own.IsCleared || flow.IsClosed
            || packet.Headers.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp)
            || (packet.Headers.TcpFlags & TcpTransitions.Shown) != 0
            || (flow.FromInside.InspectedBytes | flow.FromOutside.InspectedBytes) == 0)
        {
            return verdict;
        }

        packet.WorkOn((record << 2) | (port << 1) | (flow.HasAlerted ? 1 : 0));
        return verdict with { Cacheable = true };
    }
}
