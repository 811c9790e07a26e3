using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.LoadBalancer;

/// <summary>The virtual services of a load balancer, ready for lookups. Immutable, shared by all workers.</summary>
internal sealed class ServiceTable
{
    /// <summary>In place of a service's index: several services have the backend, so it alone does not tell which one answers.</summary>
    public const int Ambiguous = -2;

    private readonly Dictionary<ServiceEndpoint, int> _services = [];
    private readonly Dictionary<ServiceEndpoint, int> _backends = [];
    private readonly HashSet<IpAddress> _serviceAddresses = [];
    private readonly HashSet<IpAddress> _backendAddresses = [];
    private readonly VirtualService[] _configurations;
    private readonly ConsistentTable[] _choices;

    public ServiceTable(LoadBalancerConfiguration configuration)
    {
        _configurations = [.. configuration.Services];
        _choices = [.. configuration.Services.Select(service => new ConsistentTable(service.Backends))];
        for (var index = 0; index < _configurations.Length; index++)
        {
            var service = _configurations[index];
            _services.Add(new ServiceEndpoint(service.Address, service.Protocol, service.Port), index);
            _serviceAddresses.Add(service.Address);
            foreach (var backend in service.Backends)
            {
                var endpoint = new ServiceEndpoint(backend.Address, service.Protocol, backend.Port);
                _backendAddresses.Add(backend.Address);
                _backends[endpoint] = _backends.TryGetValue(endpoint, out var other) && other != index ? Ambiguous : index;
            }
        }
    }

    /// <summary>Number of services.</summary>
    public int Count => _configurations.Length;

    /// <summary>Index of the service at an endpoint; -1 when there is none.</summary>
    public int Find(in ServiceEndpoint endpoint) => _services.TryGetValue(endpoint, out var index) ? index : -1;

    /// <summary>Index of the service that has the backend; -1 when there is none, <see cref="Ambiguous"/> when there are several.</summary>
    public int FindByBackend(in ServiceEndpoint endpoint) => _backends.TryGetValue(endpoint, out var index) ? index : -1;

    /// <summary>Whether any service has the address.</summary>
    public bool IsServiceAddress(IpAddress address) => _serviceAddresses.Contains(address);

    /// <summary>Whether any backend has the address.</summary>
    public bool IsBackendAddress(IpAddress address) => _backendAddresses.Contains(address);

    /// <summary>The endpoint of a service.</summary>
    public ServiceEndpoint EndpointOf(int service)
    {
        var configuration = _configurations[service];
        return new ServiceEndpoint(configuration.Address, configuration.Protocol, configuration.Port);
    }

    /// <summary>Whether the service has the backend, draining or not.</summary>
    public bool HasBackend(int service, in ServiceEndpoint endpoint)
    {
        foreach (var backend in _configurations[service].Backends)
        {
            if (backend.Address == endpoint.Address && backend.Port == endpoint.Port)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The backends of a service in the order in which a client prefers them; equal neighbours are possible.</summary>
    /// <param name="service">Index of the service.</param>
    /// <param name="client">Address of the client.</param>
    /// <param name="clientPort">Its port; matters when the service has affinity by connection.</param>
    /// <param name="attempt">0 for the first choice, 1 for the next, …</param>
    /// <param name="backend">The backend.</param>
    /// <returns>False when no backend takes connections.</returns>
    public bool TryChoose(int service, IpAddress client, ushort clientPort, int attempt, out ServiceEndpoint backend)
    {
        var configuration = _configurations[service];
        var choices = _choices[service];
        if (choices.Length == 0)
        {
            backend = default;
            return false;
        }

        var connection = configuration.ByClientAddress ? 0u : clientPort;
        var more = (ulong)configuration.Protocol << 32 | (ulong)configuration.Port << 16 | connection;
        var hash = StateHash.Addresses(client.Value, configuration.Address.Value, more, 0);
        var chosen = configuration.Backends[choices[(choices.SlotOf(hash) + attempt) % choices.Length]];
        backend = new ServiceEndpoint(chosen.Address, configuration.Protocol, chosen.Port);
        return true;
    }
}
