using System.Text.Json;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Orchestration.Tests;

/// <summary>Chains and inventories that several tests use.</summary>
internal static class SampleChains
{
    public static readonly MacAddress LanMac = MacAddress.Parse("02:00:00:00:01:fe");
    public static readonly MacAddress WanMac = MacAddress.Parse("02:00:00:00:02:fe");
    public static readonly MacAddress ClientMac = MacAddress.Parse("02:00:00:00:01:01");
    public static readonly MacAddress GatewayMac = MacAddress.Parse("02:00:00:00:02:01");

    /// <summary>Stateful firewall, router, NAPT between the ports 1 and 2 of br0, as in docs/architecture.md.</summary>
    public static ChainSpec Web(string name = "web") => new(name)
    {
        Endpoints = [new ChainEndpoint("clients", "br0", 1), new ChainEndpoint("internet", "br0", 2)],
        Functions = [Firewall(), Router(), Napt()],
        Links = [Link("clients", "fw"), Link("fw", "rt.lan"), Link("rt.wan", "nat"), Link("nat", "internet")],
    };

    /// <summary>A stateless firewall alone: the switch does everything.</summary>
    public static ChainSpec Filter(string name = "filter") => new(name)
    {
        Endpoints = [new ChainEndpoint("left", "br0", 3) { Vlan = 7 }, new ChainEndpoint("right", "br0", 4)],
        Functions =
        [
            new FirewallConfiguration("fw")
            {
                Rules =
                [
                    new FirewallRule("no-telnet", Tcp(23), false, null),
                    new FirewallRule("from-left", new PacketMatch { Source = Prefix("10.0.0.0/8") }, true, 0),
                    new FirewallRule("to-left", new PacketMatch { Destination = Prefix("10.0.0.0/8") }, true, 1),
                ],
            },
        ],
        Links = [Link("left", "fw"), Link("fw", "right")],
    };

    /// <summary>Every kind of function with every setting, for serialisation.</summary>
    public static ChainSpec Everything() => new("everything")
    {
        Endpoints =
        [
            new ChainEndpoint("clients", "br0", 1)
            {
                Vlan = 12,
                PeerMac = ClientMac,
                LocalMac = LanMac,
                Match = new PacketMatch { IpVersion = 4, Source = Prefix("192.0.2.0/24", negated: true), Protocol = new(IpProtocol.Tcp), TcpFlagsClear = TcpFlags.Reset },
            },
            new ChainEndpoint("servers", "br0", 2),
        ],
        Functions =
        [
            Firewall(),
            new MonitorConfiguration("mon") { TopTalkers = 7 },
            new LoadBalancerConfiguration("lb")
            {
                Services =
                [
                    new VirtualService("http", IpAddress.Parse("203.0.113.1"), IpProtocol.Tcp, 80, [new Backend(IpAddress.Parse("10.9.0.8"), 8080, 3)], true),
                ],
            },
            new NaptConfiguration("nat")
            {
                Pool = [new AddressRange(IpAddress.Parse("198.51.100.8"), IpAddress.Parse("198.51.100.15"))],
                PortBlockSize = 64,
                OutsidePorts = new PortRange(2048, 4095),
                PrefixTranslation = new PrefixTranslation(IpPrefix.Parse("fd00:1::/48"), IpPrefix.Parse("2001:db8:1::/48")),
                Timeouts = new ConnectionTimeouts { Udp = TimeSpan.FromSeconds(30) },
            },
            Router(),
        ],
        Links = [Link("clients", "fw"), Link("fw", "mon"), Link("mon", "lb"), Link("lb", "nat"), Link("nat", "rt.lan"), Link("rt.wan", "servers")],
        Resources = new ChainResources { MinimumCores = 2, Server = "s1" },
    };

    public static FirewallConfiguration Firewall() => new("fw")
    {
        Stateful = true,
        Rules =
        [
            new FirewallRule("no-ssh", Tcp(22), false, 0),
            new FirewallRule("web", Tcp(80), true, 0),
            new FirewallRule("ping", new PacketMatch { Protocol = new(IpProtocol.Icmp), IcmpType = 8 }, true, 0),
            new FirewallRule("", new PacketMatch { Protocol = new(IpProtocol.Udp), DestinationPort = new(new PortRange(5000, 5099)) }, true, 0),
        ],
    };

    public static RouterConfiguration Router() => new("rt")
    {
        RouterPorts = [new RouterPort("lan", LanMac), new RouterPort("wan", WanMac)],
        Routes =
        [
            new Route(IpPrefix.Parse("0.0.0.0/0"), new NextHop(1, GatewayMac)),
            new Route(IpPrefix.Parse("10.0.0.0/24"), new NextHop(0, ClientMac)),
        ],
    };

    public static NaptConfiguration Napt() => new("nat")
    {
        Pool = [new AddressRange(IpAddress.Parse("198.51.100.1"), IpAddress.Parse("198.51.100.1"))],
    };

    /// <summary>Switch br0 with ports 1-4 and 10-11, and server s1 with workers behind 10 and 11.</summary>
    public static Inventory Inventory(TagKind tagKind = TagKind.Vlan, int workers = 2) => new()
    {
        Switches =
        [
            new SwitchDescription("br0", tagKind)
            {
                IsConnected = true,
                Ports = [1, 2, 3, 4, .. Enumerable.Range(10, workers).Select(port => (uint)port)],
            },
        ],
        Servers = [Server("s1", workers)],
    };

    public static ServerDescription Server(string name, int workers, uint firstPort = 10, string switchName = "br0") => new(name)
    {
        IsConnected = true,
        Workers = [.. Enumerable.Range(0, workers).Select(index => new WorkerDescription(index, switchName, firstPort + (uint)index))],
    };

    public static ChainLink Link(string from, string to) => new(Attach(from), Attach(to));

    /// <summary>An equal chain that shares no object with it, so that nothing is known of it.</summary>
    public static ChainSpec Copy(ChainSpec spec) =>
        JsonSerializer.Deserialize<ChainSpec>(JsonSerializer.SerializeToUtf8Bytes(spec, PlanJson.Options), PlanJson.Options)!;

    public static PacketMatch Tcp(ushort port) =>
        new() { Protocol = new(IpProtocol.Tcp), DestinationPort = new(new PortRange(port, port)) };

    public static Condition<IpPrefix> Prefix(string text, bool negated = false) => new(IpPrefix.Parse(text), negated);

    private static Attachment Attach(string text) =>
        text.Split('.') is [var element, var port] ? new Attachment(element, port) : new Attachment(text, null);
}
