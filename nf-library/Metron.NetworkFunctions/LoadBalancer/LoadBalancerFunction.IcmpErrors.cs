using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.LoadBalancer;

/// <content>ICMP errors: the embedded packet is translated back to what its sender sent. They do not touch connections.</content>
public sealed partial class LoadBalancerFunction
{
    /// <inheritdoc/>
    public override Verdict ProcessIcmpError(ref FlowPacket packet, int port) =>
        port == Outside ? ErrorFromBackends(ref packet) : ErrorFromClients(ref packet);

    /// <summary>About a packet to a backend: the client sent it to the service. A backend that reports it is the service, too.</summary>
    private Verdict ErrorFromBackends(ref FlowPacket packet)
    {
        ref var embedded = ref packet.Embedded;
        var backend = ServiceEndpoint.DestinationOf(in embedded);
        var service = _services.FindByBackend(in backend);
        var record = Allowed(_connections.FindByBackend(embedded.Source, embedded.SourcePort, in backend), packet.Now);
        if (record < 0 && service == -1)
        {
            return Verdict.ForwardOnce(Inside, PassOutcome);
        }

        if (packet.Headers.Destination != embedded.Source || (record < 0 && service == ServiceTable.Ambiguous))
        {
            return _drops.Drop(DropReason.IcmpErrorUnrelated);
        }

        var endpoint = record >= 0 ? _connections.Endpoint(_connections.Table[record].Service) : _services.EndpointOf(service);
        if (packet.Headers.Source == backend.Address)
        {
            packet.Headers.Source = endpoint.Address;
        }

        Redirect(ref embedded, in endpoint);
        return Verdict.ForwardOnce(Inside, _services.Find(in endpoint) + 1);
    }

    /// <summary>About a packet of a service to a client: a backend sent it.</summary>
    private Verdict ErrorFromClients(ref FlowPacket packet)
    {
        ref var embedded = ref packet.Embedded;
        var service = _services.Find(ServiceEndpoint.SourceOf(in embedded));
        if (service < 0)
        {
            return Verdict.ForwardOnce(Outside, PassOutcome);
        }

        if (packet.Headers.Destination != embedded.Source || !TryFindBackend(service, in embedded, packet.Now, out var backend))
        {
            return _drops.Drop(DropReason.IcmpErrorUnrelated);
        }

        packet.Headers.Destination = backend.Address;
        (embedded.Source, embedded.SourcePort) = (backend.Address, backend.Port);
        return Verdict.ForwardOnce(Outside, service + 1);
    }

    /// <summary>The backend that a packet of a service came from; by hash alone only while the table cannot take all connections.</summary>
    private bool TryFindBackend(int service, in PacketHeaders reply, long now, out ServiceEndpoint backend)
    {
        var record = Allowed(
            _connections.FindByService(reply.Destination, reply.DestinationPort, _services.EndpointOf(service)), now);
        if (record >= 0)
        {
            backend = _connections.Endpoint(_connections.Table[record].Backend);
            return true;
        }

        backend = default;
        return _connections.IsFull && _services.TryChoose(service, reply.Destination, reply.DestinationPort, 0, out backend);
    }
}
