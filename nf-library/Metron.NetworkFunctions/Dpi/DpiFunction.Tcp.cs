using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>TCP: each direction is scanned as one stream, in the order of its sequence numbers (RFC 9293, section 3.4).</summary>
public sealed partial class DpiFunction
{
    /// <summary>Most bytes of one direction that are held until what precedes them comes.</summary>
    private const int MaximumEarlyBytes = 262_144;

    private Verdict InspectSegment(in FlowPacket packet, int port, int record)
    {
        ref var flow = ref _state.Table[record];
        ref var own = ref (port == 0 ? ref flow.FromInside : ref flow.FromOutside);
        ref var other = ref (port == 0 ? ref flow.FromOutside : ref flow.FromInside);
        var flags = packet.Headers.TcpFlags;
        if (flow.IsClosed && TcpTransitions.IsOpening(flags))
        {
            // An entry of a direction that was cleared would pass the new connection unseen.
            _state.Table.DropFlows(record, packet.Flows);
            _state.Reopen(record, port == 1);
            ClearWhatNoRuleSpeaksOf(record);
        }

        if ((flags & TcpFlags.Reset) != 0)
        {
            return Reset(in packet, port, record, in own);
        }

        Start(in packet, ref own, ref other);
        if (own.IsCleared)
        {
            own.IsFinished |= (flags & TcpFlags.Fin) != 0;
            return Pass(port, in flow, (flags & TcpTransitions.Shown) == 0);
        }

        if (packet.IsPayloadCut)
        {
            return GiveUp(UninspectedReason.SplitFrames, port, in flow, ref own);
        }

        if (!_configuration.IsStreaming)
        {
            own.IsFinished |= (flags & TcpFlags.Fin) != 0;
            return InspectBlock(_rules.Segments, in packet, port, record, ref own);
        }

        var sequence = packet.TcpSequence + ((flags & TcpFlags.Syn) != 0 ? 1u : 0u);
        var ahead = (int)(sequence - own.NextSequence);
        return ahead > 0 ? Hold(in packet, sequence, ahead, port, in flow, ref own)
            : Continue(in packet, sequence, ahead, port, record, ref own);
    }

    /// <summary>
    /// Sequence numbers of a connection that begins: a SYN says its own direction's, its answer both, so that data that comes out of order at
    /// the beginning is known to. A direction that began unseen starts with the first segment.
    /// </summary>
    private static void Start(in FlowPacket packet, ref InspectedDirection own, ref InspectedDirection other)
    {
        var isSyn = (packet.Headers.TcpFlags & TcpFlags.Syn) != 0;
        if (!own.IsStarted)
        {
            own.IsStarted = true;
            own.NextSequence = packet.TcpSequence + (isSyn ? 1u : 0u);
        }

        if (isSyn && !other.IsStarted && (packet.Headers.TcpFlags & TcpFlags.Acknowledgement) != 0)
        {
            other.IsStarted = true;
            other.NextSequence = packet.TcpAcknowledgement;
        }
    }

    /// <summary>A reset ends the connection if its number is the expected one, as for the receiver (RFC 5961, section 3.2).</summary>
    private Verdict Reset(in FlowPacket packet, int port, int record, in InspectedDirection own)
    {
        ref var flow = ref _state.Table[record];
        if (own.IsCleared || !own.IsStarted || packet.TcpSequence == own.NextSequence)
        {
            flow.IsReset = true;
            _state.Table.Shorten(record, packet.Now, _idle.TcpTransitory);
        }

        return Pass(port, in flow, cacheable: false);
    }

    /// <summary>Passes a segment whose predecessors are missing, and holds a copy: the segment that fills the gap is judged with it.</summary>
    private Verdict Hold(
        in FlowPacket packet, uint sequence, int ahead, int port, in InspectedFlow flow, ref InspectedDirection own)
    {
        var length = packet.Payload.Length;
        if ((packet.Headers.TcpFlags & TcpFlags.Fin) != 0)
        {
            own.HasEarlyFinish = true;
            own.FinishSequence = sequence + (uint)length;
        }

        if (length > 0)
        {
            if ((long)own.EarlyBytes + length > MaximumEarlyBytes || ahead > 1 << 24 || !_state.Early.HasRoomFor(length))
            {
                return GiveUp(UninspectedReason.ReorderFull, port, in flow, ref own);
            }

            _state.Early.Add(ref own.FirstEarly, sequence, packet.Payload.Span);
            own.EarlyBytes += length;
            _state.Counters.EarlySegments++;
        }

        return Pass(port, in flow, cacheable: false);
    }

    /// <summary>Scans what is new in a segment, then what was held behind it.</summary>
    private Verdict Continue(in FlowPacket packet, uint sequence, int ahead, int port, int record, ref InspectedDirection own)
    {
        ref var flow = ref _state.Table[record];
        var payload = packet.Payload.Span;
        var end = sequence + (uint)payload.Length;
        var repeated = Math.Min(-(long)ahead, payload.Length);
        _state.Counters.RepeatedBytes += repeated;
        payload = payload[(int)repeated..];
        if (!payload.IsEmpty)
        {
            _state.Spoke(record);
            if (own.Stream == 0 && !TryTakeStream(ref own))
            {
                own.NextSequence += _configuration.FailsClosed ? 0 : (uint)payload.Length;
                return Uninspected(UninspectedReason.StreamsFull, port);
            }

            if (Scan(payload, in packet, port, ref flow, ref own) || ScanHeld(in packet, port, ref flow, ref own))
            {
                return Deny(record, packet.Now);
            }
        }

        var isFinish = (packet.Headers.TcpFlags & TcpFlags.Fin) != 0 && end == own.NextSequence;
        if ((isFinish || (own.HasEarlyFinish && own.FinishSequence == own.NextSequence)) && Finish(in packet, port, record, ref own))
        {
            return Deny(record, packet.Now);
        }

        if (own.InspectedBytes >= _configuration.InspectedBytes && !own.IsCleared)
        {
            _state.Clear(ref own);
        }

        return Pass(port, in flow, own.IsCleared && (packet.Headers.TcpFlags & TcpTransitions.Shown) == 0);
    }

    private bool TryTakeStream(ref InspectedDirection own)
    {
        if (!_state.Streams!.TryTake(out var stream))
        {
            return false;
        }

        own.Stream = stream + 1;
        return true;
    }

    /// <summary>Scans what comes next.</summary>
    /// <returns>Whether the flow is denied for it.</returns>
    private bool Scan(
        ReadOnlySpan<byte> payload, in FlowPacket packet, int port, ref InspectedFlow flow, ref InspectedDirection own)
    {
        Count(payload.Length);
        own.NextSequence += (uint)payload.Length;
        own.InspectedBytes += payload.Length;
        var matches = _state.Scanner.Scan(_state.Streams!, own.Stream - 1, payload);
        return !matches.IsEmpty && Judge(matches, in packet, port, ref flow, ref own);
    }

    private bool ScanHeld(in FlowPacket packet, int port, ref InspectedFlow flow, ref InspectedDirection own)
    {
        while (_state.Early.TryPeek(own.FirstEarly, own.NextSequence, out var bytes, out var length))
        {
            _state.Counters.RepeatedBytes += length - bytes.Length;
            if (!bytes.IsEmpty && Scan(bytes, in packet, port, ref flow, ref own))
            {
                return true;
            }

            _state.Early.RemoveFirst(ref own.FirstEarly);
            own.EarlyBytes -= length;
        }

        return false;
    }

    /// <summary>The direction has ended: what only its end completes (<c>$</c>) is found now.</summary>
    /// <returns>Whether the flow is denied for it.</returns>
    private bool Finish(in FlowPacket packet, int port, int record, ref InspectedDirection own)
    {
        ref var flow = ref _state.Table[record];
        own.IsFinished = true;
        if (flow.IsClosed)
        {
            _state.Table.Shorten(record, packet.Now, _idle.TcpTransitory);
        }

        if (own.Stream == 0)
        {
            return false;
        }

        var matches = _state.Scanner.Finish(_state.Streams!, own.Stream - 1);
        var isDenied = !matches.IsEmpty && Judge(matches, in packet, port, ref flow, ref own);
        _state.Clear(ref own);
        return isDenied;
    }

    private bool Judge(ReadOnlySpan<int> matches, in FlowPacket packet, int port, ref InspectedFlow flow, ref InspectedDirection own)
    {
        var toServer = port == 1 == flow.OpenedFromOutside;
        var found = Judge(matches, in packet.Headers, port, toServer, ref own.FirstPartial, packet.Now);
        flow.HasAlerted |= found.Alerts;
        return found.Denies;
    }

    /// <summary>What cannot be inspected: its direction is cleared, or, when the function fails closed, the segment dropped, to be sent again.</summary>
    private Verdict GiveUp(UninspectedReason reason, int port, in InspectedFlow flow, ref InspectedDirection own)
    {
        _state.Counters.CountUninspected(reason);
        if (_configuration.FailsClosed)
        {
            return _drops.Drop(DropReason.Uninspected);
        }

        _state.Clear(ref own);
        return Pass(port, in flow, cacheable: false);
    }
}
