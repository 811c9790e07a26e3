using Metron.V1;

namespace Metron.IntegrationTests.Lab;

/// <summary>Chains for the networks of a lab: client 1 at port 1, the servers at port 2.</summary>
internal static class Chains
{
    public const string ClientMac = "02:00:00:00:01:02";
    public const string ClientGatewayMac = "02:00:00:00:01:01";
    public const string ServerMac = "02:00:00:00:f0:10";
    public const string SecondServerMac = "02:00:00:00:f0:11";
    public const string ServerGatewayMac = "02:00:00:00:f0:01";

    /// <summary>Functions in a row between the clients and the servers.</summary>
    /// <param name="name">Name of the chain.</param>
    /// <param name="functions">The functions, the clients' side first.</param>
    public static ServiceChain Line(string name, params IReadOnlyList<NetworkFunction> functions)
    {
        // What the ends see of each other: the router's addresses, or each other's when nothing routes. Used where the switch tags by MAC.
        var routed = functions.Any(function => function.Router is not null);
        var spec = new ServiceChainSpec
        {
            Endpoints =
            {
                new Endpoint { Name = "clients", Switch = "br0", Port = 1, PeerMac = ClientMac, LocalMac = routed ? ClientGatewayMac : ServerMac },
                new Endpoint { Name = "servers", Switch = "br0", Port = 2, PeerMac = ServerMac, LocalMac = routed ? ServerGatewayMac : ClientMac },
            },
        };
        var from = "clients";
        foreach (var function in functions)
        {
            spec.Functions.Add(function);
            spec.Links.Add(new Link { From = from, To = function.Router is null ? function.Name : $"{function.Name}.lan" });
            from = function.Router is null ? function.Name : $"{function.Name}.wan";
        }

        spec.Links.Add(new Link { From = from, To = "servers" });
        return new ServiceChain { Name = name, Spec = spec };
    }

    /// <summary>A stateful firewall that lets clients do anything but connect to TCP port 8080.</summary>
    public static NetworkFunction StatefulFirewall(string name = "fw") => new()
    {
        Name = name,
        Firewall = new Firewall
        {
            Stateful = true,
            Rules =
            {
                new FirewallRule { Name = "no-proxy", Action = FirewallAction.Deny, From = Side.Inside, Match = new PacketMatch { Protocol = "tcp", DestinationPort = "8080" } },
                new FirewallRule { Name = "out", Action = FirewallAction.Allow, From = Side.Inside },
            },
            DefaultAction = FirewallAction.Deny,
        },
    };

    /// <summary>A firewall without state that denies TCP port 8080 and lets everything else pass.</summary>
    public static NetworkFunction StatelessFirewall(string name = "fw") => new()
    {
        Name = name,
        Firewall = new Firewall
        {
            Rules =
            {
                new FirewallRule { Name = "no-proxy", Action = FirewallAction.Deny, From = Side.Inside, Match = new PacketMatch { Protocol = "tcp", DestinationPort = "8080" } },
            },
            DefaultAction = FirewallAction.Allow,
        },
    };

    /// <summary>A router between the clients' network and the servers'.</summary>
    public static NetworkFunction Router(string name = "rt") => new()
    {
        Name = name,
        Router = new Router
        {
            Ports = { new RouterPort { Name = "lan", Mac = ClientGatewayMac }, new RouterPort { Name = "wan", Mac = ServerGatewayMac } },
            Routes =
            {
                new Route { Prefix = "10.1.0.0/24", Port = "lan", NextHopMac = ClientMac },
                new Route { Prefix = "fd00:1::/64", Port = "lan", NextHopMac = ClientMac },
                new Route { Prefix = "203.0.113.11/32", Port = "wan", NextHopMac = SecondServerMac },
                new Route { Prefix = "2001:db8:2::11/128", Port = "wan", NextHopMac = SecondServerMac },
                new Route { Prefix = "203.0.113.0/24", Port = "wan", NextHopMac = ServerMac },
                new Route { Prefix = "2001:db8:2::/64", Port = "wan", NextHopMac = ServerMac },
            },
        },
    };

    /// <summary>Address and port translation of both IP versions.</summary>
    /// <param name="pool">Outside IPv4 address.</param>
    /// <param name="pool6">Outside IPv6 address.</param>
    public static NetworkFunction Napt(string pool = "198.51.100.1", string pool6 = "2001:db8:ffff::1") => new()
    {
        Name = "nat",
        Napt = new Napt { Pool = { pool }, Ipv6 = new Ipv6Translation { Nat66 = new Nat66 { Pool = { pool6 } } } },
    };

    /// <summary>A load balancer for TCP and UDP port 80 and 7 of a virtual IP over given backends.</summary>
    public static NetworkFunction LoadBalancer(string address, string address6, string[] backends, string[] backends6)
    {
        var balancer = new LoadBalancer();
        foreach (var (protocol, port) in new[] { ("tcp", 80u), ("udp", 7u), ("tcp", 5201u) })
        {
            balancer.Services.Add(Service($"{protocol}-{port}", address, protocol, port, backends));
            balancer.Services.Add(Service($"{protocol}-{port}-v6", address6, protocol, port, backends6));
        }

        return new NetworkFunction { Name = "lb", LoadBalancer = balancer };
    }

    /// <summary>A monitor.</summary>
    public static NetworkFunction Monitor() => new() { Name = "count", Monitor = new V1.Monitor() };

    /// <summary>Firewall, router, NAPT: the sample chain.</summary>
    public static ServiceChain Sample(string name = "web") => Line(name, StatefulFirewall(), Router(), Napt());

    private static VirtualService Service(string name, string address, string protocol, uint port, string[] backends)
    {
        var service = new VirtualService { Name = name, Address = address, Protocol = protocol, Port = port };
        service.Backends.AddRange(backends.Select(backend => new Backend { Address = backend }));
        return service;
    }
}
