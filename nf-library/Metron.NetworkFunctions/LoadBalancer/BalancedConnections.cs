using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.LoadBalancer;

/// <summary>A connection of a client to a virtual service, and the backend that serves it.</summary>
internal struct BalancedConnection
{
    /// <summary>Address of the client.</summary>
    public UInt128 Client;

    /// <summary>Index of the service's endpoint in <see cref="BalancedConnections"/>.</summary>
    public int Service;

    /// <summary>Index of the backend's endpoint in <see cref="BalancedConnections"/>.</summary>
    public int Backend;

    /// <summary>Generation of the configuration that last found the connection to be allowed.</summary>
    public int Generation;

    /// <summary>Port of the client.</summary>
    public ushort ClientPort;

    public TcpTracking Tcp;
}

/// <summary>
/// The connections of one load balancer on one worker; outlives revisions of its configuration. A connection is found by client and
/// service, and by client and backend: no two have the same, or else replies could not be told apart.
/// </summary>
internal sealed class BalancedConnections(WorkerResources resources)
{
    private readonly ulong _seed = resources.HashSeed;
    private readonly HashIndex _byService = new();
    private readonly HashIndex _byBackend = new();
    private readonly List<ServiceEndpoint> _endpoints = [];
    private readonly Dictionary<ServiceEndpoint, int> _endpointIndex = [];

    /// <summary>The connections.</summary>
    public StateTable<BalancedConnection> Table { get; } = new(resources.MaximumConnections);

    /// <summary>Number of the newest configuration.</summary>
    public int Generation { get; set; }

    /// <summary>Connections balanced so far.</summary>
    public long Opened { get; private set; }

    /// <summary>Whether the table takes no further connection.</summary>
    public bool IsFull => Table.Count >= Table.Maximum;

    /// <summary>The endpoint behind an index in a connection.</summary>
    public ServiceEndpoint Endpoint(int index) => _endpoints[index];

    /// <summary>Numbers the endpoints of a configuration, so that looking them up later allocates nothing.</summary>
    public void Register(LoadBalancerConfiguration configuration)
    {
        foreach (var service in configuration.Services)
        {
            Register(new ServiceEndpoint(service.Address, service.Protocol, service.Port));
            foreach (var backend in service.Backends)
            {
                Register(new ServiceEndpoint(backend.Address, service.Protocol, backend.Port));
            }
        }
    }

    /// <summary>The connection of a client to a service; -1 when there is none.</summary>
    public int FindByService(IpAddress client, ushort clientPort, in ServiceEndpoint service) =>
        _endpointIndex.TryGetValue(service, out var index) ? Find(_byService, client, clientPort, index, false) : -1;

    /// <summary>The connection that a backend has with a client; -1 when there is none.</summary>
    public int FindByBackend(IpAddress client, ushort clientPort, in ServiceEndpoint backend) =>
        _endpointIndex.TryGetValue(backend, out var index) ? Find(_byBackend, client, clientPort, index, true) : -1;

    /// <summary>Adds a connection that neither <see cref="FindByService"/> nor <see cref="FindByBackend"/> knows.</summary>
    /// <returns>-1 when the table is full.</returns>
    public int Add(
        IpAddress client,
        ushort clientPort,
        in ServiceEndpoint service,
        in ServiceEndpoint backend,
        int generation,
        long now,
        long idleMilliseconds)
    {
        if (!Table.TryAdd(now, idleMilliseconds, out var record))
        {
            return -1;
        }

        ref var connection = ref Table[record];
        connection = new BalancedConnection
        {
            Client = client.Value,
            ClientPort = clientPort,
            Service = _endpointIndex[service],
            Backend = _endpointIndex[backend],
            Generation = generation,
        };
        _byService.Add(Hash(client.Value, clientPort, connection.Service), record);
        _byBackend.Add(Hash(client.Value, clientPort, connection.Backend), record);
        Opened++;
        return record;
    }

    /// <summary>Gives a connection another backend, as if it was new.</summary>
    public void Rebind(int record, in ServiceEndpoint backend, int generation)
    {
        ref var connection = ref Table[record];
        _byBackend.Remove(record);
        connection.Backend = _endpointIndex[backend];
        connection.Generation = generation;
        connection.Tcp = TcpTracking.Opening;
        _byBackend.Add(Hash(connection.Client, connection.ClientPort, connection.Backend), record);
        Opened++;
    }

    /// <summary>Takes a connection out of the indexes; the table frees it.</summary>
    public void Release(int record)
    {
        _byService.Remove(record);
        _byBackend.Remove(record);
    }

    private void Register(in ServiceEndpoint endpoint)
    {
        if (_endpointIndex.TryAdd(endpoint, _endpoints.Count))
        {
            _endpoints.Add(endpoint);
        }
    }

    private int Find(HashIndex index, IpAddress client, ushort clientPort, int endpoint, bool isBackend)
    {
        for (var record = index.First(Hash(client.Value, clientPort, endpoint)); record >= 0; record = index.Next(record))
        {
            ref var connection = ref Table[record];
            if (connection.Client == client.Value && connection.ClientPort == clientPort
                && (isBackend ? connection.Backend : connection.Service) == endpoint
                && !Table.IsCondemned(record))
            {
                return record;
            }
        }

        return -1;
    }

    private uint Hash(UInt128 client, ushort clientPort, int endpoint) =>
        (uint)StateHash.Address(client, (ulong)(uint)endpoint << 16 | clientPort, _seed);
}
