using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Bench.Dataplane;

/// <summary>The quickstart's chain, as in deploy/examples/firewall-router-napt.yaml: a stateful firewall, a router, a NAPT.</summary>
internal static class SampleChain
{
    /// <summary>Destination port that its firewall lets pass for UDP.</summary>
    public const ushort AllowedPort = 53;

    /// <summary>Next hop of everything that goes out.</summary>
    public static MacAddress NextHop { get; } = MacAddress.Parse("02:00:00:00:f0:10");

    private static FirewallConfiguration Firewall { get; } = new("fw")
    {
        Stateful = true,
        Rules =
        [
            Rule("no-proxy", IpProtocol.Tcp, 8080, allow: false),
            Rule("web", IpProtocol.Tcp, 80, allow: true),
            Rule("web-tls", IpProtocol.Tcp, 443, allow: true),
            Rule("dns", IpProtocol.Udp, AllowedPort, allow: true),
            new FirewallRule("ping", new PacketMatch { Protocol = new Condition<byte>(IpProtocol.Icmp), IcmpType = 8 }, Allow: true, FromPort: 0),
            new FirewallRule("ping6", new PacketMatch { Protocol = new Condition<byte>(IpProtocol.IcmpV6), IcmpType = 128 }, Allow: true, FromPort: 0),
        ],
    };

    private static RouterConfiguration Router { get; } = new("rt")
    {
        RouterPorts = [new RouterPort("lan", MacAddress.Parse("02:00:00:00:01:01")), new RouterPort("wan", MacAddress.Parse("02:00:00:00:f0:01"))],
        Routes =
        [
            new Route(IpPrefix.Parse("10.1.0.0/24"), new NextHop(0, ChainProgram.ClientPeer)),
            new Route(IpPrefix.Parse("fd00:1::/64"), new NextHop(0, ChainProgram.ClientPeer)),
            new Route(IpPrefix.Parse("0.0.0.0/0"), new NextHop(1, NextHop)),
            new Route(IpPrefix.Parse("::/0"), new NextHop(1, NextHop)),
        ],
    };

    private static NaptConfiguration Napt { get; } = new("nat")
    {
        Pool = [new AddressRange(ChainFunctions.Pool(0, isV6: false).First, ChainFunctions.Pool(0, isV6: false).First)],
        Pool6 = [new AddressRange(ChainFunctions.Pool(0, isV6: true).First, ChainFunctions.Pool(0, isV6: true).First)],
    };

    /// <summary>The functions, from the clients on.</summary>
    public static IReadOnlyList<NetworkFunctionConfiguration> Functions => [Firewall, Router, Napt];

    private static FirewallRule Rule(string name, byte protocol, ushort port, bool allow) => new(
        name,
        new PacketMatch { Protocol = new Condition<byte>(protocol), DestinationPort = new Condition<PortRange>(new PortRange(port, port)) },
        allow,
        FromPort: 0);
}
