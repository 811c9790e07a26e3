using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;

namespace Metron.Offline.Tests;

/// <summary>Chains for tests of single behaviours.</summary>
internal static class SampleSpecs
{
    /// <summary>Stateful firewall (from inside anything but TCP port 8080), router, NAPT.</summary>
    public static ChainSpec Web(bool denies8080 = true) => Line(
        new FirewallConfiguration("fw")
        {
            Stateful = true,
            Rules =
            [
                new FirewallRule("no-proxy", Tcp(8080), !denies8080, 0),
                new FirewallRule("out", PacketMatch.Any, true, 0),
            ],
        },
        new RouterConfiguration("rt")
        {
            RouterPorts = [new RouterPort("p0", World.Mac(0x200)), new RouterPort("p1", World.Mac(0x201))],
            Routes =
            [
                new Route(IpPrefix.Parse("10.0.0.0/8"), new NextHop(0, World.Mac(0x100))),
                new Route(IpPrefix.Parse("0.0.0.0/0"), new NextHop(1, World.Mac(0x101))),
            ],
        },
        new NaptConfiguration("nat") { Pool = [new AddressRange(World.Pool4[0], World.Pool4[0])] });

    /// <summary>The functions of <see cref="Web"/> with closed programs before, between and behind them.</summary>
    public static ChainSpec Guarded(bool keepsClientPorts = true)
    {
        var web = Web().Functions;
        NetworkFunctionConfiguration Blackbox(string name) =>
            new BlackboxConfiguration(name, name) { FailOpen = true, KeepsClientPorts = keepsClientPorts };
        return Line(Blackbox("first"), web[0], Blackbox("second"), web[1], web[2], Blackbox("third"));
    }

    /// <summary>Deep packet inspection alone.</summary>
    public static ChainSpec Inspected(DpiConfiguration inspection) => Line(inspection);

    /// <summary>A load balancer of one UDP service with one backend, whose connections may be idle for 20 seconds.</summary>
    public static ChainSpec Balanced() => Line(new LoadBalancerConfiguration("lb")
    {
        Services = [new VirtualService("dns", World.Virtual4, IpProtocol.Udp, 53, [new Backend(World.Servers4[0], 53, 1)], ByClientAddress: false)],
        Affinity = TimeSpan.FromSeconds(20),
    });

    /// <summary>A stateless firewall, which the switch carries out alone.</summary>
    public static ChainSpec Filter() => Line(new FirewallConfiguration("fw") { Rules = [new FirewallRule("web", Tcp(80), true, null)] });

    public static FrameBuilder Client(ushort sourcePort, ushort destinationPort = 80, TcpFlags flags = TcpFlags.Syn) => new()
    {
        Source = World.Clients4[0],
        Destination = World.Servers4[0],
        Protocol = IpProtocol.Tcp,
        SourcePort = sourcePort,
        DestinationPort = destinationPort,
        TcpFlags = flags,
    };

    private static PacketMatch Tcp(ushort port) => new()
    {
        Protocol = new Condition<byte>(IpProtocol.Tcp),
        DestinationPort = new Condition<PortRange>(new PortRange(port, port)),
    };

    private static ChainSpec Line(params NetworkFunctionConfiguration[] functions)
    {
        var links = new List<ChainLink>();
        var from = new Attachment("clients", null);
        foreach (var function in functions)
        {
            var isRouter = function is RouterConfiguration;
            links.Add(new ChainLink(from, new Attachment(function.Name, isRouter ? "p0" : null)));
            from = new Attachment(function.Name, isRouter ? "p1" : null);
        }

        links.Add(new ChainLink(from, new Attachment("internet", null)));
        return new ChainSpec("web")
        {
            Endpoints = [new ChainEndpoint("clients", "br0", 1), new ChainEndpoint("internet", "br0", 2)],
            Functions = functions,
            Links = links,
        };
    }
}
