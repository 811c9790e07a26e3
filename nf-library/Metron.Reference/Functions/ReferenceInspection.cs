using System.Buffers.Binary;
using Metron.NetworkFunctions.Dpi;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>
/// Looks for each pattern of each rule in all that a direction has carried, anew with every packet. Memory has no limits but those for segments
/// out of order.
/// </summary>
internal sealed class ReferenceInspection(DpiConfiguration configuration) : ReferenceFunction
{
    private const int MostEarlyBytes = 262_144;
    private const int FarthestAhead = 1 << 24;
    private readonly ReferencePatterns _patterns = new(configuration);
    private readonly Dictionary<FlowName, Flow> _flows = [];

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var fields = packet.Fields;
        if (fields.IsFragment)
        {
            return Uninspected(port);
        }

        if (packet.Embedded is not null)
        {
            return ReferenceVerdict.Forward(1 - port);
        }

        var payload = PayloadOf(packet);
        if (fields.IcmpKind == IcmpKind.Other)
        {
            return _patterns.Denies(payload, fields, port, null, hasEnded: true) ? Denied() : ReferenceVerdict.Forward(1 - port);
        }

        var name = FlowName.Of(fields, port);
        var flow = Find(name, now);
        if (flow is null)
        {
            if (fields.IsTcp && payload.Length == 0 ? (fields.TcpFlags & TcpFlags.Reset) != 0 || Opens(fields) : payload.Length == 0)
            {
                return ReferenceVerdict.Forward(1 - port);
            }

            _flows[name] = flow = new Flow { Originator = IsAnswer(fields) ? 1 - port : port };
        }

        flow.LastSeen = now;
        if (flow.IsDenied)
        {
            return Denied();
        }

        var own = flow.Directions[port];
        var verdict = fields.IsTcp ? Segment(packet, payload, port, flow)
            : own.IsCleared ? ReferenceVerdict.Forward(1 - port)
            : Block(payload, fields, port, flow);
        flow.IsDenied |= verdict.Reason == DropReason.ContentDenied;
        return verdict;
    }

    private static ReferenceVerdict Denied() => ReferenceVerdict.Drop(DropReason.ContentDenied);

    private static bool Opens(IpFields fields) =>
        (fields.TcpFlags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Reset | TcpFlags.Acknowledgement)) == TcpFlags.Syn;

    private static bool IsAnswer(IpFields fields) =>
        fields.IsTcp ? (fields.TcpFlags & TcpFlags.Syn) != 0 && !Opens(fields) : fields.IcmpKind == IcmpKind.Reply;

    private static byte[] PayloadOf(ReferencePacket packet)
    {
        var (fields, frame) = (packet.Before, packet.Frame);
        var start = fields.Transport < 0 ? fields.End : fields.Transport + fields.Protocol switch
        {
            IpProtocol.Tcp => (frame[fields.Transport + 12] >> 4) * 4,
            IpProtocol.Udp or IpProtocol.Icmp or IpProtocol.IcmpV6 => 8,
            _ => 0,
        };
        var end = fields is { Protocol: IpProtocol.Udp, Transport: >= 0 }
            ? fields.Transport + BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(fields.Transport + 4))
            : fields.End;
        return start >= end ? [] : frame[start..end];
    }

    private Flow? Find(FlowName name, long now)
    {
        if (!_flows.TryGetValue(name, out var flow))
        {
            return null;
        }

        var timeouts = configuration.Timeouts;
        var isSettled = !flow.IsDenied && !flow.IsClosed && flow.Directions.All(direction => direction.IsStarted);
        var idle = name.Protocol switch
        {
            IpProtocol.Tcp => isSettled ? timeouts.TcpEstablished : timeouts.TcpTransitory,
            IpProtocol.Icmp or IpProtocol.IcmpV6 => timeouts.Icmp,
            _ => timeouts.Udp,
        };
        return now - flow.LastSeen < idle.TotalMilliseconds ? flow : null;
    }

    private ReferenceVerdict Uninspected(int port) =>
        configuration.FailsClosed ? ReferenceVerdict.Drop(DropReason.Uninspected) : ReferenceVerdict.Forward(1 - port);

    private ReferenceVerdict Block(byte[] payload, IpFields fields, int port, Flow flow)
    {
        if (_patterns.Denies(payload, fields, port, port == flow.Originator, hasEnded: true))
        {
            return Denied();
        }

        var own = flow.Directions[port];
        own.Inspected += payload.Length;
        own.IsCleared |= own.Inspected >= configuration.InspectedBytes;
        return ReferenceVerdict.Forward(1 - port);
    }

    private ReferenceVerdict Segment(ReferencePacket packet, byte[] payload, int port, Flow flow)
    {
        var fields = packet.Fields;
        if (flow.IsClosed && Opens(fields))
        {
            flow.Begin(port);
        }

        var own = flow.Directions[port];
        var header = packet.Frame.AsSpan(packet.Before.Transport);
        var sequence = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if ((fields.TcpFlags & TcpFlags.Reset) != 0)
        {
            flow.IsReset |= own.IsCleared || !own.IsStarted || sequence == own.Next;
            return ReferenceVerdict.Forward(1 - port);
        }

        var isSyn = (fields.TcpFlags & TcpFlags.Syn) != 0;
        sequence += isSyn ? 1u : 0u;
        own.Start(sequence);
        if (isSyn && (fields.TcpFlags & TcpFlags.Acknowledgement) != 0)
        {
            flow.Directions[1 - port].Start(BinaryPrimitives.ReadUInt32BigEndian(header[8..]));
        }

        var isFinish = (fields.TcpFlags & TcpFlags.Fin) != 0;
        if (own.IsCleared || !configuration.IsStreaming)
        {
            own.IsFinished |= isFinish;
            return own.IsCleared ? ReferenceVerdict.Forward(1 - port) : Block(payload, fields, port, flow);
        }

        if (isFinish)
        {
            own.Finish = sequence + (uint)payload.Length;
        }

        var ahead = (int)(sequence - own.Next);
        if (ahead > 0 && payload.Length > 0 && (own.EarlyBytes + payload.Length > MostEarlyBytes || ahead > FarthestAhead))
        {
            own.IsCleared = !configuration.FailsClosed;
            return Uninspected(port);
        }

        own.Add(sequence, payload);
        own.IsFinished |= own.Finish == own.Next;
        var isDenied = _patterns.Denies([.. own.Stream], fields, port, port == flow.Originator, own.IsFinished);
        own.IsCleared |= own.IsFinished || own.Stream.Count >= configuration.InspectedBytes;
        return isDenied ? Denied() : ReferenceVerdict.Forward(1 - port);
    }

    /// <summary>What both directions of a flow have in common.</summary>
    private readonly record struct FlowName(IpAddress Inside, IpAddress Outside, ushort InsidePort, ushort OutsidePort, byte Protocol, int Asker)
    {
        public static FlowName Of(IpFields fields, int port)
        {
            var isIcmp = fields.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;
            var asker = !isIcmp ? 0 : fields.IcmpKind == IcmpKind.Reply ? 1 - port : port;
            return port == ReferenceFunction.Inside
                ? new(fields.Source, fields.Destination, fields.SourcePort, fields.DestinationPort, fields.Protocol, asker)
                : new(fields.Destination, fields.Source, fields.DestinationPort, fields.SourcePort, fields.Protocol, asker);
        }
    }

    private sealed class Flow
    {
        public int Originator { get; set; }

        public long LastSeen { get; set; }

        public bool IsDenied { get; set; }

        public bool IsReset { get; set; }

        public Direction[] Directions { get; private set; } = [new(), new()];

        public bool IsClosed => IsReset || Directions.All(direction => direction.IsFinished);

        public void Begin(int originator) => (Originator, IsReset, Directions) = (originator, false, [new(), new()]);
    }

    private sealed class Direction
    {
        private readonly List<(uint Sequence, byte[] Bytes)> _early = [];

        public List<byte> Stream { get; } = [];

        public uint Next { get; private set; }

        public uint? Finish { get; set; }

        public int Inspected { get; set; }

        public bool IsStarted { get; private set; }

        public bool IsCleared { get; set; }

        public bool IsFinished { get; set; }

        public int EarlyBytes => _early.Sum(piece => piece.Bytes.Length);

        public void Start(uint sequence)
        {
            Next = IsStarted ? Next : sequence;
            IsStarted = true;
        }

        /// <summary>Takes a segment in, and everything that has waited for it.</summary>
        public void Add(uint sequence, byte[] payload)
        {
            if (payload.Length > 0)
            {
                var at = _early.FindIndex(piece => (int)(piece.Sequence - sequence) > 0);
                _early.Insert(at < 0 ? _early.Count : at, (sequence, payload));
            }

            while (_early.Count > 0 && (int)(Next - _early[0].Sequence) >= 0)
            {
                var (from, bytes) = _early[0];
                var fresh = bytes.Skip((int)(Next - from)).ToArray();
                Stream.AddRange(fresh);
                Next += (uint)fresh.Length;
                _early.RemoveAt(0);
            }
        }
    }
}
