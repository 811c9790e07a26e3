using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Napt;

/// <summary>
/// A NAPT on one worker. See the README of this folder for its behaviour. ICMP errors are in <c>NaptFunction.IcmpErrors.cs</c>.
/// </summary>
/// <remarks>
/// Workers share nothing, and yet never hand out the same (address, protocol, port) twice: the switch sends a TCP or UDP packet from inside
/// to the worker that owns some low bits of its source port (<see cref="FlowPacket.SteeringMask"/>), and the outside port gets the same
/// bits, so workers choose from disjoint sets; and all ICMP queries run on the one worker that owns value 0.
/// </remarks>
public sealed partial class NaptFunction : NetworkFunction, IStateOwner
{
    /// <summary>The only outcome.</summary>
    public const int TranslateOutcome = 0;

    private const int Inside = 0;
    private const int Outside = 1;

    /// <summary>Bit 0 of a port, which steering leaves out: it is kept while ports last (RFC 4787 section 4.2.2), then given up.</summary>
    private const int Parity = 1;

    private readonly OutsidePool _pool4;
    private readonly OutsidePool _pool6;
    private readonly OutsideChoices _choices4;
    private readonly OutsideChoices _choices6;
    private readonly PrefixTranslator? _prefixes;
    private readonly PortLayout _layout;
    private readonly IdleTimes _idle;
    private readonly DropCounters _drops = new();
    private readonly int _maximumBindings;
    private NaptState _state;
    private int _generation;
    private int _layoutGeneration;
    private bool _superseded;

    /// <summary>Makes a NAPT without bindings.</summary>
    public NaptFunction(NaptConfiguration configuration, WorkerResources resources)
    {
        Name = configuration.Name;
        _pool4 = new OutsidePool(configuration.Pool);
        _pool6 = new OutsidePool(configuration.Pool6);
        _choices4 = new OutsideChoices(_pool4);
        _choices6 = new OutsideChoices(_pool6);
        _prefixes = configuration.PrefixTranslation is { } prefixes ? new PrefixTranslator(prefixes) : null;
        _layout = PortLayout.From(configuration);
        _idle = IdleTimes.From(configuration.Timeouts);
        _maximumBindings = resources.MaximumConnections;
        _state = new NaptState(resources, _layout);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override void Prefetch(in PacketHeaders headers, int port)
    {
        if (port == Inside)
        {
            _state.PrefetchInside(headers.Source, headers.Protocol, headers.SourcePort);
            if (Pool(headers.IsV6).Count > 0)
            {
                // Where the binding will be, if the inside port is free at the outside address.
                var address = Choices(headers.IsV6).Of(headers.Source.Value, _state.Addresses);
                _state.PrefetchBinding(new PortSpace(address, headers.Protocol), headers.SourcePort);
            }
        }
        else
        {
            _state.PrefetchOutside(headers.Destination, headers.Protocol, headers.DestinationPort);
        }
    }

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        ref var headers = ref packet.Headers;
        if (headers.IsV6 && _prefixes is not null)
        {
            return TranslatePrefix(_prefixes, ref headers, port);
        }

        if (Pool(headers.IsV6).Count == 0)
        {
            return _drops.Drop(DropReason.UnsupportedProtocol);
        }

        if (headers.IsFragment)
        {
            return _drops.Drop(DropReason.Fragment);
        }

        if (headers.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp) && headers.IcmpKind is not (IcmpKind.Query or IcmpKind.Reply))
        {
            return _drops.Drop(DropReason.UnsupportedProtocol);
        }

        return port == Inside ? TranslateOut(ref packet) : TranslateIn(ref packet);
    }

    /// <inheritdoc/>
    public override void FlowAttached(int handle, FlowReference flow) => _state.Table.Attach(handle, flow);

    /// <inheritdoc/>
    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) =>
        _state.Table.Detach(handle, flow, lastSeen);

    /// <inheritdoc/>
    public override void DroppedBehind(int handle, int bytes, long now) => _state.Table.TouchBy(handle, now);

    /// <inheritdoc/>
    public override int Age(long now, IFlowDirectory flows, int budget) =>
        _superseded ? 0 : _state.Table.Age(now, flows, budget, this);

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is NaptFunction older)
        {
            _state = older._state;
            _choices4.Clear();
            _choices6.Clear();
            _state.Table.Maximum = _maximumBindings;
            _state.ChangeLayout(_layout);
            _layoutGeneration = _state.LayoutGeneration;
            _generation = ++_state.Generation;
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
        report.Counters["bindings"] = _state.Table.Count;
        report.Counters["bindingsCreated"] = _state.Created;
        report.Counters["bindingsExpired"] = _state.Table.Expired;
        report.Counters["bindingsEvicted"] = _state.Evicted;
        report.Counters["portBlocks"] = _state.BlockCount;
    }

    long IStateOwner.IdleMilliseconds(int record)
    {
        ref var binding = ref _state.Table[record];
        return _idle.Of(binding.Protocol, binding.Tcp);
    }

    void IStateOwner.Release(int record) => _state.Release(record);

    private OutsidePool Pool(bool isV6) => isV6 ? _pool6 : _pool4;

    private OutsideChoices Choices(bool isV6) => isV6 ? _choices6 : _choices4;

    private Verdict TranslatePrefix(PrefixTranslator prefixes, ref PacketHeaders headers, int port)
    {
        if (port == Inside && prefixes.IsOutside(headers.Destination))
        {
            return _drops.Drop(DropReason.Hairpin);
        }

        var done = port == Inside ? prefixes.TryTranslateOut(ref headers.Source) : prefixes.TryTranslateIn(ref headers.Destination);
        return done
            ? new Verdict(DropReason.None, 1 - port, TranslateOutcome, !headers.IsFragment)
            : _drops.Drop(DropReason.PrefixMismatch);
    }

    private Verdict TranslateOut(ref FlowPacket packet)
    {
        ref var headers = ref packet.Headers;
        if (Pool(headers.IsV6).Contains(headers.Destination))
        {
            return _drops.Drop(DropReason.Hairpin);
        }

        var record = Allowed(_state.FindInside(headers.Source, headers.Protocol, headers.SourcePort), packet.Now);
        if (record >= 0 && packet.Dispatch is { } dispatch && !ComesBack(dispatch, record, in packet))
        {
            _state.Table.Condemn(record, packet.Now);
            record = -1;
        }

        if (record < 0)
        {
            // Neither of these is the start of anything.
            if (headers.IcmpKind == IcmpKind.Reply || (headers.TcpFlags & TcpFlags.Reset) != 0)
            {
                return _drops.Drop(DropReason.NoBinding);
            }

            record = Bind(in packet, out var reason);
            if (record < 0)
            {
                return _drops.Drop(reason);
            }
        }

        ref var binding = ref _state.Table[record];
        if (headers.Protocol == IpProtocol.Tcp)
        {
            FollowTcp(record, in packet, Peer(headers.Destination, headers.DestinationPort), true);
        }

        _state.Table.Touch(record, packet.Now);
        headers.Source = _state.Addresses[binding.Address];
        headers.SourcePort = binding.OutsidePort;
        if (headers.IcmpKind != IcmpKind.None)
        {
            headers.DestinationPort = binding.OutsidePort;
        }

        return Translated(ref packet, record, Outside);
    }

    private Verdict TranslateIn(ref FlowPacket packet)
    {
        ref var headers = ref packet.Headers;
        var record = Allowed(_state.FindOutside(headers.Destination, headers.Protocol, headers.DestinationPort), packet.Now);
        if (record < 0)
        {
            return _drops.Drop(DropReason.NoBinding);
        }

        ref var binding = ref _state.Table[record];
        if (headers.Protocol == IpProtocol.Tcp)
        {
            FollowTcp(record, in packet, Peer(headers.Source, headers.SourcePort), false);
        }

        headers.Destination = new IpAddress(binding.Inside, binding.IsV6);
        headers.DestinationPort = binding.InsidePort;
        if (headers.IcmpKind != IcmpKind.None)
        {
            headers.SourcePort = binding.InsidePort;
        }

        return Translated(ref packet, record, Inside);
    }

    /// <summary>
    /// The verdict on a translated packet. Only packets from inside keep a binding alive (RFC 4787 section 4.3), or else strangers could
    /// hold ports.
    /// </summary>
    private Verdict Translated(ref FlowPacket packet, int record, int to)
    {
        packet.DependOn(StateTable<Binding>.Handle(record, to == Outside));
        var cacheable = packet.Headers.Protocol != IpProtocol.Tcp
            || TcpTransitions.IsPlain(packet.Headers.TcpFlags, _state.Table[record].Tcp);
        return new Verdict(DropReason.None, to, TranslateOutcome, cacheable);
    }

    private int Bind(in FlowPacket packet, out DropReason reason)
    {
        ref readonly var headers = ref packet.Headers;
        var isIcmp = headers.IcmpKind != IcmpKind.None;
        var address = Choices(headers.IsV6).Of(headers.Source.Value, _state.Addresses);
        var request = new PortRequest(
            headers.Source.Value,
            headers.IsV6,
            new PortSpace(address, headers.Protocol),
            headers.SourcePort,
            isIcmp ? 0 : packet.SteeringMask | Parity);
        if (packet.Dispatch is { } dispatch && !TryFit(dispatch, in packet, ref request))
        {
            reason = DropReason.UnsupportedProtocol;
            return -1;
        }

        var idle = _idle.Of(headers.Protocol, TcpTracking.Opening);
        var record = _state.Add(in request, _layoutGeneration, _layout, packet.Now, idle, this, out reason);
        if (record < 0 && reason == DropReason.PortsExhausted && !isIcmp)
        {
            request = request with { Flip = Parity };
            record = _state.Add(in request, _layoutGeneration, _layout, packet.Now, idle, this, out reason);
        }

        if (record >= 0)
        {
            _state.Table[record].Generation = _generation;
            _state.Table[record].Peer = Peer(headers.Destination, headers.DestinationPort);
        }

        return record;
    }

    private void FollowTcp(int record, in FlowPacket packet, uint peer, bool outbound)
    {
        ref var binding = ref _state.Table[record];
        var before = binding.Tcp;
        binding.FollowTcp(packet.Headers.TcpFlags, peer, outbound);
        if (binding.Tcp == before)
        {
            return;
        }

        _state.Changed(record, binding.Tcp);
        if (binding.Tcp == TcpTracking.Closed)
        {
            _state.Table.Touch(record, packet.Now);
            _state.Table.Shorten(record, packet.Now, _idle.TcpTransitory);
        }
        else if (before == TcpTracking.Closed)
        {
            _state.Table.DropFlows(record, packet.Flows);
        }
    }

    /// <summary>The binding, if the present configuration allows it; otherwise it is given up, and -1.</summary>
    private int Allowed(int record, long now)
    {
        if (record < 0 || _state.Table[record].Generation >= _generation)
        {
            return record;
        }

        ref var binding = ref _state.Table[record];
        if (Pool(binding.IsV6).Contains(_state.Addresses[binding.Address])
            && binding.OutsidePort >= _layout.First
            && binding.OutsidePort <= _layout.Last)
        {
            binding.Generation = _generation;
            return record;
        }

        _state.Table.Condemn(record, now);
        return -1;
    }

    private static uint Peer(IpAddress address, ushort port) => (uint)StateHash.Address(address.Value, port, 0);
}
