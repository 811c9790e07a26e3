using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.LoadBalancer;

/// <summary>
/// A load balancer on one worker: clients inside, backends outside. See the README of this folder for its behaviour. ICMP errors are in
/// <c>LoadBalancerFunction.IcmpErrors.cs</c>.
/// </summary>
public sealed partial class LoadBalancerFunction : NetworkFunction, IStateOwner
{
    /// <summary>Outcome of traffic that is of no service; service i has outcome i + 1.</summary>
    public const int PassOutcome = 0;

    private const int Inside = 0;
    private const int Outside = 1;
    private const int ChoiceAttempts = 64;
    private const long TcpEstablishedMilliseconds = 7_440_000; // RFC 5382, REQ-5
    private static readonly ConditionalWeakTable<LoadBalancerConfiguration, ServiceTable> Compiled = [];

    private readonly LoadBalancerConfiguration _configuration;
    private readonly ServiceTable _services;
    private readonly IdleTimes _idle;
    private readonly DropCounters _drops = new();
    private readonly int _maximumConnections;
    private BalancedConnections _connections;
    private long _stateless;
    private int _generation;
    private bool _superseded;

    /// <summary>Makes a load balancer without connections.</summary>
    public LoadBalancerFunction(LoadBalancerConfiguration configuration, WorkerResources resources)
    {
        _configuration = configuration;
        _services = Compiled.GetValue(configuration, value => new ServiceTable(value));
        var affinity = (long)configuration.Affinity.TotalMilliseconds;
        _idle = new IdleTimes(TcpEstablishedMilliseconds, affinity, affinity, affinity);
        _maximumConnections = resources.MaximumConnections;
        _connections = new BalancedConnections(resources);
        _connections.Register(configuration);
    }

    /// <inheritdoc/>
    public override string Name => _configuration.Name;

    /// <inheritdoc/>
    public override Verdict Process(ref FlowPacket packet, int port)
    {
        ref readonly var headers = ref packet.Headers;
        if (headers.IsFragment)
        {
            var concerned = port == Inside ? _services.IsServiceAddress(headers.Destination) : _services.IsBackendAddress(headers.Source);
            return concerned ? _drops.Drop(DropReason.Fragment) : Verdict.ForwardOnce(1 - port, PassOutcome);
        }

        if (port == Outside)
        {
            return Reply(ref packet);
        }

        var service = _services.Find(ServiceEndpoint.DestinationOf(in headers));
        return service < 0 ? Verdict.Forward(Outside, PassOutcome) : Balance(ref packet, service);
    }

    /// <inheritdoc/>
    public override void FlowAttached(int handle, FlowReference flow) => _connections.Table.Attach(handle, flow);

    /// <inheritdoc/>
    public override void FlowDetached(int handle, FlowReference flow, long lastSeen, ulong packets, ulong bytes) =>
        _connections.Table.Detach(handle, flow, lastSeen);

    /// <inheritdoc/>
    public override void DroppedBehind(int handle, int bytes, long now) => _connections.Table.TouchBy(handle, now);

    /// <inheritdoc/>
    public override int Age(long now, IFlowDirectory flows, int budget) =>
        _superseded ? 0 : _connections.Table.Age(now, flows, budget, this);

    /// <inheritdoc/>
    public override void Adopt(NetworkFunction previous)
    {
        if (previous is LoadBalancerFunction older)
        {
            _connections = older._connections;
            _connections.Register(_configuration);
            _connections.Table.Maximum = _maximumConnections;
            _generation = ++_connections.Generation;
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
        report.Counters["connections"] = _connections.Table.Count;
        report.Counters["connectionsOpened"] = _connections.Opened;
        report.Counters["connectionsExpired"] = _connections.Table.Expired;
        report.Counters["statelessPackets"] = _stateless;
    }

    long IStateOwner.IdleMilliseconds(int record)
    {
        ref var connection = ref _connections.Table[record];
        return _idle.Of(_connections.Endpoint(connection.Service).Protocol, connection.Tcp);
    }

    void IStateOwner.Release(int record) => _connections.Release(record);

    /// <summary>From a client to a service.</summary>
    private Verdict Balance(ref FlowPacket packet, int service)
    {
        ref var headers = ref packet.Headers;
        var record = _connections.FindByService(headers.Source, headers.SourcePort, _services.EndpointOf(service));
        if (record < 0 || MustChooseAgain(record, service, headers.TcpFlags))
        {
            if (!TryChoose(service, in headers, record, out var backend))
            {
                return _drops.Drop(DropReason.NoBackend);
            }

            if (record >= 0)
            {
                _connections.Rebind(record, in backend, _generation);
            }
            else if (!_connections.IsFull)
            {
                record = _connections.Add(
                    headers.Source,
                    headers.SourcePort,
                    _services.EndpointOf(service),
                    in backend,
                    _generation,
                    packet.Now,
                    _idle.Of(headers.Protocol, TcpTracking.Opening));
            }
            else
            {
                // The table is full: as long as the backends stay, the hash alone keeps choosing this one.
                _stateless++;
                Redirect(ref headers, in backend);
                return new Verdict(DropReason.None, Outside, service + 1, (headers.TcpFlags & TcpTransitions.Shown) == TcpFlags.None);
            }
        }

        Follow(record, in packet, true);
        Redirect(ref headers, _connections.Endpoint(_connections.Table[record].Backend));
        return Balanced(ref packet, record, Outside, service);
    }

    /// <summary>From outside: when it comes from a backend, the client sees the service as the sender.</summary>
    private Verdict Reply(ref FlowPacket packet)
    {
        ref var headers = ref packet.Headers;
        var backend = ServiceEndpoint.SourceOf(in headers);
        var record = Allowed(_connections.FindByBackend(headers.Destination, headers.DestinationPort, in backend), packet.Now);
        if (record >= 0)
        {
            var endpoint = _connections.Endpoint(_connections.Table[record].Service);
            Follow(record, in packet, false);
            (headers.Source, headers.SourcePort) = (endpoint.Address, endpoint.Port);
            return Balanced(ref packet, record, Inside, _services.Find(in endpoint));
        }

        var service = _services.FindByBackend(in backend);
        switch (service)
        {
            case ServiceTable.Ambiguous:
                return _drops.Drop(DropReason.NoConnection);
            case < 0:
                return Verdict.Forward(Inside, PassOutcome);
            default:
                // Not cached while there is room for connections: the entry would rest on none, and hide the answers from one that opens later.
                var single = _services.EndpointOf(service);
                (headers.Source, headers.SourcePort) = (single.Address, single.Port);
                var isCacheable = _connections.IsFull && (headers.TcpFlags & TcpTransitions.Shown) == TcpFlags.None;
                return new Verdict(DropReason.None, Inside, service + 1, isCacheable);
        }
    }

    private static void Redirect(ref PacketHeaders headers, in ServiceEndpoint backend) =>
        (headers.Destination, headers.DestinationPort) = (backend.Address, backend.Port);

    private Verdict Balanced(ref FlowPacket packet, int record, int to, int service)
    {
        _connections.Table.Touch(record, packet.Now);
        packet.DependOn(StateTable<BalancedConnection>.Handle(record, true));
        var cacheable = packet.Headers.Protocol != IpProtocol.Tcp
            || TcpTransitions.IsPlain(packet.Headers.TcpFlags, _connections.Table[record].Tcp);
        return new Verdict(DropReason.None, to, service + 1, cacheable);
    }

    private void Follow(int record, in FlowPacket packet, bool fromClient)
    {
        ref readonly var headers = ref packet.Headers;
        if (headers.Protocol != IpProtocol.Tcp)
        {
            return;
        }

        ref var connection = ref _connections.Table[record];
        var before = connection.Tcp;
        connection.Tcp = before == TcpTracking.Closed && fromClient && TcpTransitions.IsOpening(headers.TcpFlags)
            ? TcpTracking.Opening
            : TcpTransitions.Next(before, headers.TcpFlags, fromClient);
        if (connection.Tcp != before && connection.Tcp == TcpTracking.Closed)
        {
            _connections.Table.Shorten(record, packet.Now, _idle.TcpTransitory);
        }
        else if (before == TcpTracking.Closed && connection.Tcp != before)
        {
            _connections.Table.DropFlows(record, packet.Flows);
        }
    }

    /// <summary>
    /// Whether a known connection needs a backend anew: the present configuration has its backend no more, or it was closed and is opened
    /// again. (While flow entries still lead to the old backend, a connection that is opened again stays there.)
    /// </summary>
    private bool MustChooseAgain(int record, int service, TcpFlags flags)
    {
        ref var connection = ref _connections.Table[record];
        if (connection.Generation < _generation)
        {
            if (!_services.HasBackend(service, _connections.Endpoint(connection.Backend)))
            {
                return true;
            }

            connection.Generation = _generation;
        }

        return connection.Tcp == TcpTracking.Closed && TcpTransitions.IsOpening(flags) && !_connections.Table.Flows.Any(record);
    }

    /// <summary>Chooses the backend that the client prefers of those whose replies can be told from its other connections.</summary>
    private bool TryChoose(int service, in PacketHeaders headers, int record, out ServiceEndpoint backend)
    {
        for (var attempt = 0; attempt < ChoiceAttempts; attempt++)
        {
            if (!_services.TryChoose(service, headers.Source, headers.SourcePort, attempt, out backend))
            {
                return false;
            }

            var other = _connections.FindByBackend(headers.Source, headers.SourcePort, in backend);
            if (other < 0 || other == record)
            {
                return true;
            }
        }

        backend = default;
        return false;
    }

    /// <summary>The connection, if the present configuration has its service and backend; otherwise it is given up, and -1.</summary>
    private int Allowed(int record, long now)
    {
        if (record < 0 || _connections.Table[record].Generation >= _generation)
        {
            return record;
        }

        ref var connection = ref _connections.Table[record];
        var service = _services.Find(_connections.Endpoint(connection.Service));
        if (service >= 0 && _services.HasBackend(service, _connections.Endpoint(connection.Backend)))
        {
            connection.Generation = _generation;
            return record;
        }

        _connections.Table.Condemn(record, now);
        return -1;
    }
}
