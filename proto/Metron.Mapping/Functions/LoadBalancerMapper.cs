using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a load balancer.</summary>
internal static class LoadBalancerMapper
{
    /// <summary>Reads a load balancer; services and backends with problems are left out.</summary>
    public static LoadBalancerConfiguration Map(string name, V1.LoadBalancer balancer, SpecNode at)
    {
        Counts.Check(balancer.Services.Count, 1, SpecLimits.Services, "services", at);
        var names = new Dictionary<string, int>();
        var addresses = new Dictionary<(IpAddress, byte, uint), int>();
        var services = new List<VirtualService>();
        for (var i = 0; i < Math.Min(balancer.Services.Count, SpecLimits.Services); i++)
        {
            var service = balancer.Services[i];
            var serviceAt = at.Item("services", i);
            if (Names.Check(service.Name, serviceAt) && !names.TryAdd(service.Name, i))
            {
                serviceAt.Report(
                    "name",
                    $"{Text.Quote(service.Name)} is the name of services[{names[service.Name]}] already; names are unique here");
            }

            if (Service(service, serviceAt) is { } mapped)
            {
                services.Add(mapped);
                if (!addresses.TryAdd((mapped.Address, mapped.Protocol, mapped.Port), i))
                {
                    var other = addresses[(mapped.Address, mapped.Protocol, mapped.Port)];
                    serviceAt.Report("address", $"{mapped.Address}, {service.Protocol} port {mapped.Port} is services[{other}] already");
                }
            }
        }

        return new LoadBalancerConfiguration(name)
        {
            Services = services,
            Affinity = TimeoutMapper.Seconds(balancer.AffinitySeconds, TimeSpan.FromSeconds(300), at, "affinitySeconds"),
        };
    }

    private static VirtualService? Service(V1.VirtualService service, SpecNode at)
    {
        var addressRead = Addresses.TryHost(service.Address, at, "address", out var address);
        var protocol = Protocol(service.Protocol, at);
        var portRead = service.Port == 0 ? Missing(at) : Counts.CheckRange(service.Port, 1, ushort.MaxValue, at, "port");
        Enums.Check(service.Affinity, at, "affinity");
        var backends = Backends(service, addressRead ? address : null, portRead, at);
        return addressRead && portRead && protocol is not null
            ? new VirtualService(
                service.Name, address, protocol.Value, (ushort)service.Port, backends, service.Affinity == V1.Affinity.ClientAddress)
            : null;
    }

    private static bool Missing(SpecNode at)
    {
        at.Report("port", "must be given: a port 1-65535");
        return false;
    }

    private static byte? Protocol(string text, SpecNode at)
    {
        switch (text.ToLowerInvariant())
        {
            case "tcp":
                return IpProtocol.Tcp;
            case "udp":
                return IpProtocol.Udp;
            default:
                at.Report("protocol", text.Length == 0 ? "must be given: tcp or udp" : $"{Text.Quote(text)} is not one of tcp, udp");
                return null;
        }
    }

    private static List<Backend> Backends(V1.VirtualService service, IpAddress? virtualAddress, bool portRead, SpecNode at)
    {
        Counts.Check(service.Backends.Count, 1, SpecLimits.Backends, "backends", at);
        var seen = new Dictionary<(IpAddress, uint), int>();
        var backends = new List<Backend>();
        var anyWeight = service.Backends.Count == 0;
        for (var i = 0; i < Math.Min(service.Backends.Count, SpecLimits.Backends); i++)
        {
            var backend = service.Backends[i];
            var backendAt = at.Item("backends", i);
            var weight = backend.HasWeight ? backend.Weight : 1;
            var weightRead = Counts.CheckRange(weight, 0, SpecLimits.BackendWeight, backendAt, "weight");
            anyWeight |= weight > 0;
            var port = backend.Port == 0 ? service.Port : backend.Port;
            var backendPortRead = Counts.CheckRange(backend.Port, 0, ushort.MaxValue, backendAt, "port", "; 0 keeps the service's port");
            if (!Addresses.TryHost(backend.Address, backendAt, "address", out var address))
            {
                continue;
            }

            CheckAddress(address, port, i, virtualAddress, service, seen, backendAt);
            if (weightRead && backendPortRead && portRead)
            {
                backends.Add(new Backend(address, (ushort)port, (int)weight));
            }
        }

        if (!anyWeight)
        {
            at.Report("backends", "all have weight 0; at least one must take new connections");
        }

        return backends;
    }

    private static void CheckAddress(
        IpAddress address,
        uint port,
        int index,
        IpAddress? virtualAddress,
        V1.VirtualService service,
        Dictionary<(IpAddress Address, uint Port), int> seen,
        SpecNode at)
    {
        if (virtualAddress is { } service6 && service6.IsV6 != address.IsV6)
        {
            at.Report(
                "address",
                $"{address} is IPv{(address.IsV6 ? 6 : 4)}, but the service's address {virtualAddress} is IPv{(address.IsV6 ? 4 : 6)}");
        }
        else if (virtualAddress == address && port == service.Port)
        {
            at.Report("address", $"{address} port {port} is the virtual service itself; give the address of a backend");
        }
        else if (!seen.TryAdd((address, port), index))
        {
            at.Report("address", $"{address} port {port} is backends[{seen[(address, port)]}] already; use 'weight' for a larger share");
        }
    }
}
