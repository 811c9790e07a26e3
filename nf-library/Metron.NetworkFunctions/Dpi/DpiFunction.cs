using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>Deep packet inspection on one worker. See the README of this folder for its behaviour.</summary>
public sealed partial class DpiFunction : NetworkFunction, IStateOwner
{
    private readonly DpiConfiguration _configuration;
    private readonly InspectionRules _rules;
    private readonly IdleTimes _idle;
    private readonly DropCounters _drops = new();
    private readonly int _maximumFlows;
    private InspectionState _state;
    private long _now;
    private bool _superseded;

    /// <summary>Makes a function that has seen no flow. Compiles the rules, unless they are compiled already.</summary>
    /// <exception cref="ArgumentException">A pattern does not compile; the message names the rule.</exception>
    /// <exception cref="Inspection.VectorscanMissingException">The library is not there.</exception>
    public DpiFunction(DpiConfiguration configuration, WorkerResources resources)
    {
        _configuration = configuration;
        _rules = InspectionRules.Of(configuration);
        _idle = IdleTimes.From(configuration.Timeouts);
        _maximumFlows = resources.MaximumConnections;
        _state = new InspectionState(_rules, configuration, resources);
    }

    /// <inheritdoc/>
    public override string Name => _configuration.Name;

    /// <inheritdoc/>
    public override bool ReadsPayload => true;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        ref readonly var headers = ref packet.Headers;
        if (headers.IsFragment)
        {
            return Uninspected(UninspectedReason.Fragments, port);
        }

        if (headers.IcmpKind == IcmpKind.Other)
        {
            return InspectAlone(in packet, port);
        }

        var key = ConnectionKey.Of(in headers, port);
        var record = _state.Find(in key);
        if (record < 0)
        {
            if (!IsOfInterest(in key))
            {
                return Verdict.Forward(1 - port, DpiDeclaration.Clear);
            }

            if (!BeginsFlow(in packet))
            {
                return Verdict.ForwardOnce(1 - port, DpiDeclaration.Clear);
            }

            record = Open(in packet, in key, port);
            if (record < 0)
            {
                return Uninspected(UninspectedReason.FlowsFull, port);
            }
        }

        _state.Table.Touch(record, packet.Now);
        if (_state.Table[record].IsDenied)
        {
            return _drops.Drop(DropReason.ContentDenied);
        }

        packet.DependOn(StateTable<InspectedFlow>.Handle(record, true));
        var verdict = IsJudged(in packet, record) ? Pass(port, in _state.Table[record], cacheable: false)
            : headers.Protocol == IpProtocol.Tcp ? InspectSegment(in packet, port, record)
            : InspectDatagram(in packet, port, record);
        return Watch(verdict, ref packet, port, record);
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) => Verdict.ForwardOnce(1 - port, DpiDeclaration.Clear);

    /// <inheritdoc/>
    public override void FlowAttached(int handle, FlowReference flow) => _state.Table.Attach(handle, flow);

    /// <inheritdoc/>
    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) =>
        _state.Table.Detach(handle, flow, lastSeen);

    /// <inheritdoc/>
    public override void DroppedBehind(int handle, int bytes, long now) => _state.Table.TouchBy(handle, now);

    /// <inheritdoc/>
    public override int Age(long now, IFlowDirectory flows, int budget)
    {
        if (_superseded)
        {
            return 0;
        }

        _now = now;
        var looked = _state.RemoveEntriesOfDenied(flows, budget);
        return looked + _state.Table.Age(now, flows, budget - looked, this);
    }

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is DpiFunction older && older._rules == _rules
            && older._configuration.StreamMebibytes == _configuration.StreamMebibytes)
        {
            _state = older._state;
            _state.Table.Maximum = _maximumFlows;
            older._superseded = true;
            _superseded = false;
        }
    }

    /// <inheritdoc/>
    public override void Report(IFlowDirectory flows, FunctionReport report)
    {
        if (_superseded)
        {
            return;
        }

        _drops.Report(report);
        _state.Counters.Report(report);
        report.Counters["flows"] = _state.Table.Count;
        report.Counters["flowsExpired"] = _state.Table.Expired;
        report.Counters["streams"] = _state.Streams?.InUse ?? 0;
        report.Counters["streamBytes"] = (_state.Streams?.Bytes ?? 0) + _state.Early.Bytes;
        for (var rule = 0; rule < _rules.Count; rule++)
        {
            if (_state.Hits[rule] != 0)
            {
                report.Counters[_rules[rule].CounterName] = _state.Hits[rule];
            }
        }

        _state.Log.Report(report.Matches, _now);
    }

    long IStateOwner.IdleMilliseconds(int record)
    {
        ref var flow = ref _state.Table[record];
        var isSettled = !flow.IsDenied && !flow.IsClosed && flow.FromInside.IsStarted && flow.FromOutside.IsStarted;
        return _idle.Of(flow.Key.Protocol, isSettled ? TcpTracking.Established : TcpTracking.Opening);
    }

    void IStateOwner.Release(int record) => _state.Release(record);

    private static Verdict Pass(int port, in InspectedFlow flow, bool cacheable) =>
        new(DropReason.None, 1 - port, flow.HasAlerted ? DpiDeclaration.Alert : DpiDeclaration.Clear, cacheable);

    /// <summary>Whether the packet is the first that must be remembered: not a SYN, which the answer tells all about, and not one without payload.</summary>
    private static bool BeginsFlow(in FlowPacket packet)
    {
        var flags = packet.Headers.TcpFlags;
        return packet.Headers.Protocol != IpProtocol.Tcp || packet.Payload.Length > 0
            ? packet.Payload.Length > 0 || packet.IsPayloadCut
            : (flags & TcpFlags.Reset) == 0 && !TcpTransitions.IsOpening(flags);
    }

    /// <summary>Whether any rule speaks of either direction of a flow.</summary>
    private bool IsOfInterest(in ConnectionKey key) =>
        _rules.SpeakOf(key.Opening(fromOutside: false), 0, null) || _rules.SpeakOf(key.Opening(fromOutside: true), 1, null);

    private int Open(in FlowPacket packet, in ConnectionKey key, int port)
    {
        ref readonly var headers = ref packet.Headers;
        var isTcp = headers.Protocol == IpProtocol.Tcp;
        var isAnswer = isTcp ? (headers.TcpFlags & TcpFlags.Syn) != 0 && !TcpTransitions.IsOpening(headers.TcpFlags)
            : headers.IcmpKind == IcmpKind.Reply;
        var record = _state.Add(in key, port == 1 != isAnswer, packet.Now, _idle.Of(headers.Protocol, TcpTracking.Opening));
        if (record >= 0)
        {
            _state.Counters.MidstreamFlows += isTcp && (headers.TcpFlags & TcpFlags.Syn) == 0 ? 1 : 0;
            ClearWhatNoRuleSpeaksOf(record);
        }

        return record;
    }

    private void ClearWhatNoRuleSpeaksOf(int record)
    {
        ref var flow = ref _state.Table[record];
        flow.FromInside.IsCleared = !_rules.SpeakOf(flow.Key.Opening(fromOutside: false), 0, !flow.OpenedFromOutside);
        flow.FromOutside.IsCleared = !_rules.SpeakOf(flow.Key.Opening(fromOutside: true), 1, flow.OpenedFromOutside);
    }

    private Verdict Uninspected(UninspectedReason reason, int port)
    {
        _state.Counters.CountUninspected(reason);
        return _configuration.FailsClosed
            ? _drops.Drop(DropReason.Uninspected)
            : Verdict.ForwardOnce(1 - port, DpiDeclaration.Clear);
    }

    /// <summary>A message that belongs to no flow.</summary>
    private Verdict InspectAlone(in FlowPacket packet, int port)
    {
        if (_rules.Datagrams is not { } database || packet.Payload.Length == 0)
        {
            return Verdict.ForwardOnce(1 - port, DpiDeclaration.Clear);
        }

        if (packet.IsPayloadCut)
        {
            return Uninspected(UninspectedReason.SplitFrames, port);
        }

        var partials = 0;
        Count(packet.Payload.Length);
        var found = Judge(_state.Scanner.Scan(database, packet.Payload.Span), in packet.Headers, port, null, ref partials, packet.Now);
        _state.Partials.Clear(ref partials);
        return found.Denies ? _drops.Drop(DropReason.ContentDenied)
            : Verdict.ForwardOnce(1 - port, found.Alerts ? DpiDeclaration.Alert : DpiDeclaration.Clear);
    }

    private Verdict InspectDatagram(in FlowPacket packet, int port, int record)
    {
        ref var flow = ref _state.Table[record];
        ref var own = ref (port == 0 ? ref flow.FromInside : ref flow.FromOutside);
        return own.IsCleared ? Pass(port, in flow, cacheable: true)
            : packet.IsPayloadCut ? Uninspected(UninspectedReason.SplitFrames, port)
            : InspectBlock(_rules.Datagrams, in packet, port, record, ref own);
    }

    /// <summary>Looks at what one packet carries by itself.</summary>
    private Verdict InspectBlock(
        Inspection.PatternDatabase? database, in FlowPacket packet, int port, int record, ref InspectedDirection own)
    {
        ref var flow = ref _state.Table[record];
        if (packet.Payload.Length > 0 && database is not null)
        {
            var partials = 0;
            Count(packet.Payload.Length);
            _state.Spoke(record);
            var matches = _state.Scanner.Scan(database, packet.Payload.Span);
            var found = Judge(matches, in packet.Headers, port, port == 1 == flow.OpenedFromOutside, ref partials, packet.Now);
            _state.Partials.Clear(ref partials);
            flow.HasAlerted |= found.Alerts;
            if (found.Denies)
            {
                return Deny(record, packet.Now);
            }

            Spend(ref own, packet.Payload.Length);
        }

        return Pass(port, in flow, own.IsCleared && (packet.Headers.TcpFlags & TcpTransitions.Shown) == 0);
    }

    private Verdict Deny(int record, long now)
    {
        _state.Deny(record);
        _state.Table.Shorten(record, now, _idle.Of(_state.Table[record].Key.Protocol, TcpTracking.Closed));
        return _drops.Drop(DropReason.ContentDenied);
    }

    private void Count(int bytes)
    {
        _state.Counters.InspectedPackets++;
        _state.Counters.InspectedBytes += bytes;
    }

    /// <summary>Clears a direction when enough of it was seen.</summary>
    private void Spend(ref InspectedDirection direction, int bytes)
    {
        direction.InspectedBytes += bytes;
        if (direction.InspectedBytes >= _configuration.InspectedBytes)
        {
            _state.Clear(ref direction);
        }
    }

    /// <summary>What patterns that were found mean for the flow.</summary>
    /// <param name="patterns">Ids of the patterns.</param>
    /// <param name="headers">The packet that completed them.</param>
    /// <param name="port">The side that it comes from.</param>
    /// <param name="toServer">Whether it comes from the end that opened the flow; null when there is no flow.</param>
    /// <param name="partials">The direction's rules of which some patterns were found.</param>
    /// <param name="now">Worker time.</param>
    private (bool Alerts, bool Denies) Judge(
        ReadOnlySpan<int> patterns, in PacketHeaders headers, int port, bool? toServer, ref int partials, long now)
    {
        var (alerts, denies) = (false, false);
        foreach (var pattern in patterns)
        {
            var part = _rules.PartOf(pattern);
            var rule = _rules[part.Rule];
            if (!rule.SpeaksOf(in headers, port, toServer))
            {
                continue;
            }

            if (rule.AllParts != part.Bit)
            {
                var isNoted = _state.Partials.TryAdd(ref partials, part, rule.AllParts, out var isComplete);
                _state.Counters.PartialsRefused += isNoted ? 0 : 1;
                if (!isComplete)
                {
                    continue;
                }
            }

            _state.Hits[rule.Index]++;
            denies |= rule.Rule.Denies;
            alerts |= rule.Rule.Alerts;
            if (rule.Rule.Alerts)
            {
                _state.Log.Add(rule.ReportName, in headers, rule.Rule.Denies, now);
            }
        }

        return (alerts, denies);
    }
}
