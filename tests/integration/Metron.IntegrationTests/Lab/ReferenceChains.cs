using Metron.V1;

namespace Metron.IntegrationTests.Lab;

/// <summary>Chains for the addresses that random packets have: no host of the lab has them, so that no kernel answers.</summary>
internal static class ReferenceChains
{
    public static ServiceChain Of(string name) => name switch
    {
        "translate" => Chains.Line(name, Chains.StatefulFirewall(), Router(), Napt()),
        "balance" => Chains.Line(name, LoadBalancer(), Router(), Chains.Monitor()),
        "filter" => Chains.Line(name, Filter()),
        _ => throw new ArgumentException($"there is no chain {name}", nameof(name)),
    };

    private static NetworkFunction Router()
    {
        var router = new Router
        {
            Ports = { new RouterPort { Name = "lan", Mac = Chains.ClientGatewayMac }, new RouterPort { Name = "wan", Mac = Chains.ServerGatewayMac } },
        };
        foreach (var (prefix, port, mac) in new[]
        {
            ("10.0.0.0/8", "lan", Chains.ClientMac), ("fd00:1::/32", "lan", Chains.ClientMac),
            ("192.0.2.0/24", "wan", Chains.ServerMac),
            ("2001:db8::/32", "wan", Chains.ServerMac), ("8.0.0.0/8", "lan", Chains.ClientMac),
        })
        {
            router.Routes.Add(new Route { Prefix = prefix, Port = port, NextHopMac = mac });
        }

        return new NetworkFunction { Name = "rt", Router = router };
    }

    private static NetworkFunction Napt() => new()
    {
        Name = "nat",
        Napt = new Napt { Pool = { "198.51.100.1", "198.51.100.2" }, Ipv6 = new Ipv6Translation { Nat66 = new Nat66 { Pool = { "2001:db8:ffff::1" } } } },
    };

    private static NetworkFunction LoadBalancer()
    {
        var balancer = new LoadBalancer();
        foreach (var (name, protocol, port) in new[] { ("web", "tcp", 80u), ("tls", "tcp", 443u), ("dns", "udp", 443u) })
        {
            balancer.Services.Add(Service(name, "203.0.113.80", protocol, port, "192.0.2.1", "192.0.2.2", "192.0.2.130"));
            balancer.Services.Add(Service($"{name}6", "2001:db8:80::80", protocol, port, "2001:db8:2::1", "2001:db8:2::2"));
        }

        return new NetworkFunction { Name = "lb", LoadBalancer = balancer };
    }

    private static VirtualService Service(string name, string address, string protocol, uint port, params string[] backends)
    {
        var service = new VirtualService { Name = name, Address = address, Protocol = protocol, Port = port };
        service.Backends.AddRange(backends.Select(backend => new Backend { Address = backend }));
        return service;
    }

    private static NetworkFunction Filter() => new()
    {
        Name = "fw",
        Firewall = new Firewall
        {
            Fragments = FragmentPolicy.Pass,
            Rules =
            {
                Rule(FirewallAction.Deny, new V1.PacketMatch { Protocol = "tcp", DestinationPort = "!80-443", TcpFlags = "syn,!ack" }),
                Rule(FirewallAction.Deny, new V1.PacketMatch { Protocol = "udp", SourcePort = "1024-2050" }),
                Rule(FirewallAction.Allow, new V1.PacketMatch { Source = "!10.0.0.0/24", Destination = "192.0.2.0/24" }),
                Rule(FirewallAction.Deny, new V1.PacketMatch { Protocol = "icmp", IcmpType = 3 }),
                Rule(FirewallAction.Allow, new V1.PacketMatch { Protocol = "icmpv6", IcmpType = 128 }),
                Rule(FirewallAction.Deny, new V1.PacketMatch { Protocol = "icmpv6" }),
            },
            DefaultAction = FirewallAction.Allow,
        },
    };

    private static FirewallRule Rule(FirewallAction action, V1.PacketMatch match) => new() { Action = action, Match = match };
}
