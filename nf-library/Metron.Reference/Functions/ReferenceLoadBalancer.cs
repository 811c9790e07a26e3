using Metron.NetworkFunctions;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Connections in a list; the choice of a backend it asks, and checks.</summary>
internal sealed class ReferenceLoadBalancer(LoadBalancerConfiguration configuration) : ReferenceFunction
{
    private readonly List<Connection> _connections = [];

    /// <summary>RFC 5382 REQ-5 for established TCP; the affinity that is configured for everything else.</summary>
    private readonly ConnectionTimeouts _timeouts = new()
    {
        TcpTransitory = configuration.Affinity,
        Udp = configuration.Affinity,
        Icmp = configuration.Affinity,
    };

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        _connections.RemoveAll(connection => connection.IsOver(now, _timeouts));
        var fields = packet.Fields;
        if (packet.Embedded is { } embedded)
        {
            return port == Outside ? ErrorFromOutside(fields, embedded) : ErrorFromInside(fields, embedded);
        }

        if (fields.IsFragment)
        {
            var isConcerned = port == Inside
                ? configuration.Services.Any(service => service.Address == fields.Destination)
                : configuration.Services.Any(service => service.Backends.Any(backend => backend.Address == fields.Source));
            return isConcerned ? ReferenceVerdict.Drop(DropReason.Fragment) : ReferenceVerdict.Forward(1 - port);
        }

        return port == Outside ? Reply(fields, now) : Request(fields, now, choices);
    }

    private ReferenceVerdict Request(IpFields fields, long now, IChoices choices)
    {
        if (ServiceAt(fields.Destination, fields.Protocol, fields.DestinationPort) is not { } service)
        {
            return ReferenceVerdict.Forward(Outside);
        }

        var connection = _connections.Find(
            known => known.Client == fields.Source && known.Port == fields.SourcePort && known.Service == service);
        var opensAgain = connection is { Phase: TcpPhase.Closed } && fields.IsTcp && Tcp.Opens(fields.TcpFlags);
        if (connection is null || opensAgain)
        {
            var verdict = Choose(service, fields, connection, choices, out var backend);
            if (backend is null)
            {
                return verdict;
            }

            if (connection is null)
            {
                connection = new Connection(fields.Source, fields.SourcePort, service) { Backend = backend };
                _connections.Add(connection);
            }

            connection.Backend = backend;
            connection.Phase = TcpPhase.Opening;
        }

        connection.Follow(fields, true, now);
        (fields.Destination, fields.DestinationPort) = (connection.Backend.Address, connection.Backend.Port);
        return ReferenceVerdict.Forward(Outside);
    }

    private ReferenceVerdict Reply(IpFields fields, long now)
    {
        var services = ServicesOf(fields.Source, fields.Protocol, fields.SourcePort);
        var connection = ConnectionOf(fields.Destination, fields.DestinationPort, fields.Source, fields.Protocol, fields.SourcePort);
        if (connection is not null)
        {
            connection.Follow(fields, false, now);
        }
        else if (services.Count > 1)
        {
            return ReferenceVerdict.Drop(DropReason.NoConnection);
        }

        if ((connection?.Service ?? services.FirstOrDefault()) is { } service)
        {
            (fields.Source, fields.SourcePort) = (service.Address, service.Port);
        }

        return ReferenceVerdict.Forward(Inside);
    }

    /// <summary>About a packet to a backend: the client sent it to the service.</summary>
    private ReferenceVerdict ErrorFromOutside(IpFields fields, IpFields embedded)
    {
        var services = ServicesOf(embedded.Destination, embedded.Protocol, embedded.DestinationPort);
        var connection = ConnectionOf(embedded.Source, embedded.SourcePort, embedded.Destination, embedded.Protocol, embedded.DestinationPort);
        if (connection is null && services.Count == 0)
        {
            return ReferenceVerdict.Forward(Inside);
        }

        if (fields.Destination != embedded.Source || (connection is null && services.Count > 1))
        {
            return ReferenceVerdict.Drop(DropReason.IcmpErrorUnrelated);
        }

        var service = connection?.Service ?? services[0];
        fields.Source = fields.Source == embedded.Destination ? service.Address : fields.Source;
        (embedded.Destination, embedded.DestinationPort) = (service.Address, service.Port);
        return ReferenceVerdict.Forward(Inside);
    }

    /// <summary>About a packet of a service to a client: a backend sent it.</summary>
    private ReferenceVerdict ErrorFromInside(IpFields fields, IpFields embedded)
    {
        if (ServiceAt(embedded.Source, embedded.Protocol, embedded.SourcePort) is not { } service)
        {
            return ReferenceVerdict.Forward(Outside);
        }

        var connection = _connections.Find(
            known => known.Client == embedded.Destination && known.Port == embedded.DestinationPort && known.Service == service);
        if (connection is null || fields.Destination != embedded.Source)
        {
            return ReferenceVerdict.Drop(DropReason.IcmpErrorUnrelated);
        }

        fields.Destination = connection.Backend.Address;
        (embedded.Source, embedded.SourcePort) = (connection.Backend.Address, connection.Backend.Port);
        return ReferenceVerdict.Forward(Outside);
    }

    private ReferenceVerdict Choose(VirtualService service, IpFields fields, Connection? current, IChoices choices, out Backend? backend)
    {
        backend = null;
        var request = new BackendRequest(
            configuration, service, fields.Source, fields.SourcePort, current?.Backend, candidate => Objection(service, fields, current, candidate) is null);
        var choice = choices.ChooseBackend(request);
        var subject = $"{configuration.Name}: {fields.Source} port {fields.SourcePort} to {service.Name}";
        if (choice.Kind == ChoiceKind.Missing)
        {
            return ReferenceVerdict.Refuse($"{subject}: no backend was chosen");
        }

        if (choice.Kind == ChoiceKind.Refused)
        {
            return service.Backends.Any(request.IsAllowed)
                ? ReferenceVerdict.Refuse($"{subject}: no backend was given, although one takes connections")
                : ReferenceVerdict.Drop(DropReason.NoBackend);
        }

        var chosen = service.Backends.FirstOrDefault(candidate => candidate.Address == choice.Address && candidate.Port == choice.Port);
        if (chosen is null)
        {
            return ReferenceVerdict.Refuse($"{subject}: {choice.Address} port {choice.Port} is no backend of it");
        }

        var isKept = current?.Backend is { } before && before.Address == chosen.Address && before.Port == chosen.Port;
        if (!isKept && Objection(service, fields, current, chosen) is { } objection)
        {
            return ReferenceVerdict.Refuse($"{subject}: was given to {chosen.Address} port {chosen.Port}, which {objection}");
        }

        backend = chosen;
        return ReferenceVerdict.Forward(Outside);
    }

    /// <summary>Why a backend must not be chosen; null when it may.</summary>
    private string? Objection(VirtualService service, IpFields fields, Connection? current, Backend candidate)
    {
        if (candidate.Weight == 0)
        {
            return "takes no new connections";
        }

        var collides = IsTaken(fields, current, service.Protocol, candidate);
        if (collides)
        {
            return "has another connection of the same client port";
        }

        if (!service.ByClientAddress)
        {
            return null;
        }

        // Where one of the client's connections is, all of them are, but for those that could not be told apart there.
        var preferred = _connections.Find(known => known != current && known.Client == fields.Source && known.Service == service)?.Backend;
        var mayCollide = _connections.Any(known => known.Client == fields.Source && known.Service != service);
        return preferred is null || preferred == candidate || preferred.Weight == 0 || mayCollide
            ? null
            : "is not where the client's other connections are";
    }

    private bool IsTaken(IpFields fields, Connection? current, byte protocol, Backend candidate) => _connections.Any(known =>
        known != current && known.Client == fields.Source && known.Port == fields.SourcePort && known.Service.Protocol == protocol
        && known.Backend.Address == candidate.Address && known.Backend.Port == candidate.Port);

    private VirtualService? ServiceAt(IpAddress address, byte protocol, ushort port) =>
        configuration.Services.FirstOrDefault(service => service.Address == address && service.Protocol == protocol && service.Port == port);

    private List<VirtualService> ServicesOf(IpAddress backend, byte protocol, ushort port) =>
    [
        .. configuration.Services.Where(service =>
            service.Protocol == protocol && service.Backends.Any(known => known.Address == backend && known.Port == port)),
    ];

    private Connection? ConnectionOf(IpAddress client, ushort clientPort, IpAddress backend, byte protocol, ushort port) => _connections.Find(known =>
        known.Client == client && known.Port == clientPort && known.Service.Protocol == protocol
        && known.Backend.Address == backend && known.Backend.Port == port);

    private sealed class Connection(IpAddress client, ushort port, VirtualService service)
    {
        private long _lastSeen;

        public IpAddress Client => client;

        public ushort Port => port;

        public VirtualService Service => service;

        public required Backend Backend { get; set; }

        public TcpPhase Phase { get; set; }

        public bool IsOver(long now, ConnectionTimeouts timeouts) =>
            now - _lastSeen >= Tcp.IdleMilliseconds(service.Protocol, Phase, timeouts);

        public void Follow(IpFields fields, bool fromClient, long now)
        {
            _lastSeen = now;
            if (fields.IsTcp)
            {
                Phase = Tcp.After(Phase, fields.TcpFlags, fromClient);
            }
        }
    }
}
