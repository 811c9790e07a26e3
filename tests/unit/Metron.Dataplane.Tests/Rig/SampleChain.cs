using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;

namespace Metron.Dataplane.Tests;

/// <summary>The chain of the quickstart, of real functions: stateful firewall, router, NAPT.</summary>
internal static class SampleChain
{
    public static IpAddress Outside => IpAddress.Parse("198.51.100.1");

    public static IpAddress Outside6 => IpAddress.Parse("2001:db8:ffff::1");

    public static MacAddress ClientHost => MacAddress.Parse("02:00:00:00:01:05");

    public static MacAddress Gateway => MacAddress.Parse("02:00:00:00:02:01");

    public static NetworkFunctionConfiguration[] Functions =>
    [
        new FirewallConfiguration("fw") { Stateful = true, Rules = [new FirewallRule("out", PacketMatch.Any, true, 0)] },
        Router,
        new NaptConfiguration("nat") { Pool = [new AddressRange(Outside, Outside)], Pool6 = [new AddressRange(Outside6, Outside6)] },
    ];

    public static RouterConfiguration Router => new("rt")
    {
        RouterPorts = [new RouterPort("lan", MacAddress.Parse("02:00:00:00:01:01")), new RouterPort("wan", MacAddress.Parse("02:00:00:00:02:02"))],
        Routes =
        [
            new Route(IpPrefix.Parse("0.0.0.0/0"), new NextHop(1, Gateway)),
            new Route(IpPrefix.Parse("10.0.0.0/8"), new NextHop(0, ClientHost)),
            new Route(IpPrefix.Parse("::/0"), new NextHop(1, Gateway)),
            new Route(IpPrefix.Parse("2001:db8:1::/48"), new NextHop(0, ClientHost)),
        ],
    };

    public static LoadBalancerConfiguration LoadBalancer => new("lb")
    {
        Services =
        [
            new VirtualService(
                "web",
                IpAddress.Parse("203.0.113.80"),
                IpProtocol.Tcp,
                80,
                [new Backend(IpAddress.Parse("192.0.2.11"), 8080, 1), new Backend(IpAddress.Parse("192.0.2.12"), 8081, 1)],
                false),
        ],
    };

    public static MonitorConfiguration Monitor => new("mon");

    /// <summary>Packets of a flow as its client sends them.</summary>
    public static FrameBuilder Client(bool isV6, byte protocol, byte host, ushort port) => new()
    {
        Source = IpAddress.Parse(isV6 ? $"2001:db8:1::{host}" : $"10.0.0.{host}"),
        Destination = IpAddress.Parse(isV6 ? "2001:db8:2::9" : "192.0.2.9"),
        Protocol = protocol == IpProtocol.Icmp && isV6 ? IpProtocol.IcmpV6 : protocol,
        SourcePort = port,
        DestinationPort = 80,
        IcmpType = (byte)(isV6 ? 128 : 8),
        TcpFlags = TcpFlags.Syn,
    };

    /// <summary>The other end's answer to a packet.</summary>
    public static FrameBuilder Reply(in PacketHeaders to, TcpFlags flags = TcpFlags.Syn | TcpFlags.Acknowledgement) => new()
    {
        Source = to.Destination,
        Destination = to.Source,
        Protocol = to.Protocol,
        SourcePort = to.IcmpKind == IcmpKind.None ? to.DestinationPort : to.SourcePort,
        DestinationPort = to.SourcePort,
        IcmpType = (byte)(to.IsV6 ? 129 : 0),
        TcpFlags = flags,
    };
}
