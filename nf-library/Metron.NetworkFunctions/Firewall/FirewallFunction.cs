using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>A firewall on one worker. See the README of this folder for its behaviour.</summary>
public sealed class FirewallFunction : NetworkFunction, IStateOwner
{
    /// <summary>Outcome of an allowed packet, the only one that is forwarded.</summary>
    public const int AllowOutcome = 0;

    private const int Sides = 2;

    private static readonly ConditionalWeakTable<FirewallConfiguration, RuleSet> Compiled = [];

    private readonly FirewallConfiguration _configuration;
    private readonly RuleSet _rules;
    private readonly long[] _decisions; // per rule, then the default, then fragments; of each by the side that packets came from
    private readonly IdleTimes _idle;
    private readonly DropCounters _drops = new();
    private readonly int _maximumConnections;
    private ConnectionTable? _connections;
    private int _generation;
    private bool _superseded;

    /// <summary>Makes a firewall without connections.</summary>
    public FirewallFunction(FirewallConfiguration configuration, WorkerResources resources)
    {
        _configuration = configuration;
        _rules = Compiled.GetValue(configuration, value => new RuleSet(value.Rules, value.AllowByDefault));
        _decisions = new long[Sides * (_rules.Count + 2)];
        _idle = IdleTimes.From(configuration.Timeouts);
        _maximumConnections = resources.MaximumConnections;
        _connections = configuration.Stateful ? new ConnectionTable(resources) : null;
    }

    /// <inheritdoc/>
    public override string Name => _configuration.Name;

    /// <inheritdoc/>
    public override void Prefetch(in PacketHeaders headers, int port) => _connections?.Prefetch(ConnectionKey.Of(in headers, port));

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        ref readonly var headers = ref packet.Headers;
        if (headers.IsFragment && (_connections is not null || !_configuration.PassFragments))
        {
            return DropFragment(port);
        }

        return _connections is null || headers.IcmpKind is IcmpKind.Other or IcmpKind.Error
            ? Decide(in headers, port)
            : Track(_connections, ref packet, port);
    }

    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port)
    {
        if (_connections is null)
        {
            return packet.Headers.IsFragment && !_configuration.PassFragments
                ? DropFragment(port)
                : Decide(in packet.Headers, port) with { Cacheable = false };
        }

        // The packet that the error is about went to the side that the error comes from, and its sender is told.
        var record = packet.Headers.Destination == packet.Embedded.Source
            ? Find(_connections, ConnectionKey.Of(in packet.Embedded, 1 - port), packet.Now)
            : -1;
        return record < 0
            ? _drops.Drop(DropReason.IcmpErrorUnrelated)
            : Verdict.ForwardOnce(1 - port, AllowOutcome);
    }

    /// <inheritdoc/>
    public override void FlowAttached(int handle, FlowReference flow) => _connections?.Table.Attach(handle, flow);

    /// <inheritdoc/>
    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) =>
        _connections?.Table.Detach(handle, flow, lastSeen);

    /// <inheritdoc/>
    public override void DroppedBehind(int handle, int bytes, long now) => _connections?.Table.TouchBy(handle, now);

    /// <inheritdoc/>
    public override int Age(long now, IFlowDirectory flows, int budget) =>
        _superseded || _connections is null ? 0 : _connections.Table.Age(now, flows, budget, this);

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is FirewallFunction { _connections: { } connections } older && _connections is not null)
        {
            _connections = connections;
            _connections.Table.Maximum = _maximumConnections;
            _generation = ++connections.Generation;
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
        if (_connections is not null)
        {
            report.Counters["connections"] = _connections.Table.Count;
            report.Counters["connectionsOpened"] = _connections.Opened;
            report.Counters["connectionsExpired"] = _connections.Table.Expired;
            report.Counters["connectionsEvicted"] = _connections.Evicted;
        }

        for (var rule = 0; rule <= _rules.Count; rule++)
        {
            if (_decisions[Sides * rule] + _decisions[(Sides * rule) + 1] is var decisions and not 0)
            {
                report.Counters[DecisionName(rule)] = decisions;
            }
        }

        report.Denied = [.. Denied()];
    }

    /// <summary>Packets that each rule denied. A denied packet has no flow entry, so each one is counted: what the switch could drop before.</summary>
    private IEnumerable<DeniedPackets> Denied()
    {
        for (var rule = 0; rule < _decisions.Length / Sides; rule++)
        {
            var denies = rule < _rules.Count ? !_configuration.Rules[rule].Allow : rule > _rules.Count || !_configuration.AllowByDefault;
            for (var port = 0; denies && port < Sides; port++)
            {
                if (_decisions[(Sides * rule) + port] is var packets and not 0)
                {
                    yield return new DeniedPackets(port, PurposeOf(rule), packets);
                }
            }
        }
    }

    /// <summary>What switch rules call it, too.</summary>
    private string PurposeOf(int rule) => rule < _rules.Count ? FirewallDeclaration.PurposeOf(_configuration, rule)
        : rule == _rules.Count ? StageTable.UsualDefaultPurpose : FirewallDeclaration.FragmentPurpose;

    long IStateOwner.IdleMilliseconds(int record)
    {
        ref var connection = ref _connections!.Table[record];
        return _idle.Of(connection.Key.Protocol, connection.Tcp);
    }

    void IStateOwner.Release(int record) => _connections!.Release(record);

    private string DecisionName(int rule)
    {
        if (rule == _rules.Count)
        {
            return "rule.default";
        }

        var (name, number) = (_configuration.Rules[rule].Name, _configuration.Rules[rule].NumberAt(rule));
        return string.IsNullOrEmpty(name) ? $"rule.{number}" : $"rule.{name}";
    }

    private RuleDecision Classify(in PacketHeaders headers, int port)
    {
        var decision = _rules.Classify(in headers, port);
        _decisions[(Sides * (decision.Rule < 0 ? _rules.Count : decision.Rule)) + port]++;
        return decision;
    }

    private Verdict DropFragment(int port)
    {
        _decisions[(Sides * (_rules.Count + 1)) + port]++;
        return _drops.Drop(DropReason.Fragment);
    }

    private Verdict Decide(in PacketHeaders headers, int port)
    {
        var decision = Classify(in headers, port);
        if (!decision.Allow)
        {
            return _drops.Drop(DropReason.Denied);
        }

        return new Verdict(DropReason.None, 1 - port, AllowOutcome, decision.HoldsForFlow && !headers.IsFragment);
    }

    private Verdict Track(ConnectionTable connections, ref FlowPacket packet, int port)
    {
        ref readonly var headers = ref packet.Headers;
        var key = ConnectionKey.Of(in headers, port);
        var record = Find(connections, in key, packet.Now);
        if (record < 0)
        {
            if (headers.Protocol == IpProtocol.Tcp ? !TcpTransitions.IsOpening(headers.TcpFlags) : headers.IcmpKind == IcmpKind.Reply)
            {
                return _drops.Drop(DropReason.NoConnection);
            }

            if (!Classify(in headers, port).Allow)
            {
                return _drops.Drop(DropReason.Denied);
            }

            var isTcp = headers.Protocol == IpProtocol.Tcp;
            record = connections.Add(
                in key, port == 1, isTcp, _generation, packet.Now, _idle.Of(headers.Protocol, TcpTracking.Opening), this);
            if (record < 0)
            {
                return _drops.Drop(DropReason.TableFull);
            }
        }
        else if (headers.Protocol == IpProtocol.Tcp && !Advance(connections, record, ref packet, port))
        {
            return _drops.Drop(DropReason.Denied);
        }

        connections.Table.Touch(record, packet.Now);
        packet.DependOn(StateTable<Connection>.Handle(record, true));
        return new Verdict(DropReason.None, 1 - port, AllowOutcome, HoldsForFlow(in headers, connections.Table[record].Tcp));
    }

    /// <summary>Whether later packets of the flow may pass unasked.</summary>
    private static bool HoldsForFlow(in PacketHeaders headers, TcpTracking state) =>
        headers.Protocol != IpProtocol.Tcp || TcpTransitions.IsPlain(headers.TcpFlags, state);

    /// <summary>Finds a connection that the present rules allow; one that they do not allow any more is given up.</summary>
    private int Find(ConnectionTable connections, in ConnectionKey key, long now)
    {
        var record = connections.Find(in key);
        if (record < 0 || connections.Table[record].Generation >= _generation)
        {
            return record;
        }

        ref var connection = ref connections.Table[record];
        var opening = key.Opening(connection.FromOutside);
        if (_rules.Classify(in opening, connection.FromOutside ? 1 : 0).Allow)
        {
            connection.Generation = _generation;
            return record;
        }

        connections.Table.Condemn(record, now);
        return -1;
    }

    /// <summary>Follows the connection's TCP state.</summary>
    /// <returns>False when the packet opens a closed connection again and the rules deny that.</returns>
    private bool Advance(ConnectionTable connections, int record, ref FlowPacket packet, int port)
    {
        ref readonly var headers = ref packet.Headers;
        ref var connection = ref connections.Table[record];
        if (connection.Tcp == TcpTracking.Closed && TcpTransitions.IsOpening(headers.TcpFlags))
        {
            if (!Classify(in headers, port).Allow)
            {
                return false;
            }

            connection.Tcp = TcpTracking.Opening;
            connection.FromOutside = port == 1;
            connections.Reopened(record);
            connections.Table.DropFlows(record, packet.Flows);
            return true;
        }

        var before = connection.Tcp;
        connection.Tcp = TcpTransitions.Next(before, headers.TcpFlags, connection.FromOutside == (port == 1));
        if (connection.Tcp == before)
        {
            return true;
        }

        connections.Changed(record, connection.Tcp);
        if (connection.Tcp == TcpTracking.Closed)
        {
            connections.Table.Shorten(record, packet.Now, _idle.TcpTransitory);
        }

        return true;
    }
}
