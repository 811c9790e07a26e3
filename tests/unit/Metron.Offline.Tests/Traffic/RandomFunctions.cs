using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Dispatcher;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Mirror;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Policer;
using Metron.NetworkFunctions.Router;
using Metron.NetworkFunctions.StaticNat;
using Metron.NetworkFunctions.Transparent;
using Metron.NetworkFunctions.WanOptimizer;

namespace Metron.Offline.Tests;

/// <summary>Random configurations of functions.</summary>
internal sealed class RandomFunctions(Dice dice, bool fewKinds = false)
{
    public NetworkFunctionConfiguration Any(string name) => dice.Below(fewKinds ? 9 : 18) switch
    {
        0 or 1 => Firewall(name, stateful: false),
        2 or 3 => Firewall(name, stateful: true),
        4 or 8 => Router(name, 2),
        5 => Napt(name),
        6 or 9 => LoadBalancer(name),
        7 => new MonitorConfiguration(name) { TopTalkers = 1000 },
        10 or 11 => StaticNat(name),
        12 or 13 => Policer(name),
        14 => new WanOptimizerConfiguration(name) { PathMtu = dice.Of(576, 1400, 1280, 9000), KeepOneAcknowledgementIn = dice.Of(1, 4) },
        15 or 16 => Mirror(name),
        _ => new TransparentConfiguration(name),
    };

    private MirrorConfiguration Mirror(string name) => new(name)
    {
        Matches = [.. Enumerable.Range(0, dice.Below(3)).Select(_ => Match() with { TcpFlagsSet = TcpFlags.None, TcpFlagsClear = TcpFlags.None })],
        FromPort = dice.Percent(60) ? null : dice.Below(2),
        SampleOneIn = dice.Of(1, 1, 3),
        TruncateTo = dice.Of(0, 0, 64),
    };

    /// <summary>Outputs are named o0, o1, ….</summary>
    public DispatcherConfiguration Dispatcher(string name, int outputs) => new(name)
    {
        Outputs = [.. Enumerable.Range(0, outputs).Select(output => $"o{output}")],
        Rules =
        [
            .. Enumerable.Range(0, dice.Between(0, 5)).Select(index => new DispatcherRule(
                dice.Percent(50) ? $"r{index}" : "", Match() with { TcpFlagsSet = TcpFlags.None, TcpFlagsClear = TcpFlags.None }, dice.Below(outputs))),
        ],
        DefaultOutput = dice.Percent(80) ? dice.Below(outputs) : -1,
    };

    /// <summary>Limits that random packets, a few hundred bytes every few milliseconds or seconds, exceed now and then.</summary>
    private PolicerConfiguration Policer(string name) => new(name)
    {
        Limits =
        [
            .. Enumerable.Range(0, dice.Between(1, 3)).Select(index =>
            {
                var inPackets = dice.Percent(50);
                return new PolicerLimit(
                    $"l{index}",
                    dice.Percent(50) ? PacketMatch.Any : Match() with { TcpFlagsSet = TcpFlags.None, TcpFlagsClear = TcpFlags.None },
                    inPackets ? dice.Of(1, 3, 1000) : dice.Of(1000, 7777, 1_000_000),
                    inPackets ? dice.Between(1, 4) : dice.Of(50, 200, 1000))
                {
                    InPackets = inPackets,
                    FromPort = dice.Percent(60) ? null : dice.Below(2),
                    PerFlow = dice.Percent(50),
                };
            }),
        ],
    };

    /// <summary>Clients in the front, servers now and then; outside they are what else is in the world.</summary>
    private StaticNatConfiguration StaticNat(string name)
    {
        (string Inside, string Outside)[] all =
        [
            ("10.0.0.0/24", "198.51.100.0/24"), ("10.0.1.1/32", "203.0.113.80/32"), ("192.0.2.2/32", "192.0.2.130/32"),
            ("fd00:1::/64", "2001:db8:ffff::/64"), ("fd00:1:0:1::1/128", "2001:db8:80::80/128"),
        ];
        var pairs = all.Where(_ => dice.Percent(60)).DefaultIfEmpty(all[0]);
        return new StaticNatConfiguration(name)
        {
            Pairs = [.. pairs.Select(pair => new AddressPair(IpPrefix.Parse(pair.Inside), IpPrefix.Parse(pair.Outside)))],
            PassOthers = dice.Percent(60),
        };
    }

    public FirewallConfiguration Firewall(string name, bool stateful) => new(name)
    {
        Stateful = stateful,
        PassFragments = !stateful && dice.Percent(60),
        AllowByDefault = dice.Percent(60),
        Timeouts = Timeouts(),
        Rules = [.. Enumerable.Range(0, dice.Percent(8) ? dice.Between(65, 90) : dice.Between(0, 6)).Select(Rule)],
    };

    /// <summary>A router whose port i leads to side i of a chain: the first to clients, the last to servers.</summary>
    public RouterConfiguration Router(string name, int ports)
    {
        var routes = new List<Route>();
        foreach (var prefix in World.Prefixes4.Concat(World.Prefixes6).Where(prefix => dice.Percent(prefix.EndsWith("/0", StringComparison.Ordinal) ? 80 : 60)))
        {
            routes.Add(new Route(IpPrefix.Parse(prefix), new NextHop(LikelyPort(prefix, ports), World.Mac(0x100 + dice.Below(3)))));
        }

        return new RouterConfiguration(name)
        {
            RouterPorts = [.. Enumerable.Range(0, ports).Select(port => new RouterPort($"p{port}", World.Mac(0x200 + port)))],
            Routes = routes,
        };
    }

    private int LikelyPort(string prefix, int ports)
    {
        var isClient = prefix.StartsWith("10.", StringComparison.Ordinal) || prefix.StartsWith("fd00", StringComparison.Ordinal);
        return dice.Percent(12) ? dice.Below(ports) : isClient ? dice.Below(ports - 1) : ports - 1;
    }

    public NaptConfiguration Napt(string name)
    {
        var isPrefix = dice.Percent(35);
        var (inside, outside) = dice.Of(World.TranslatedPrefixes);
        var isTight = dice.Percent(20);
        var blocks = !isTight && dice.Percent(20);
        return new NaptConfiguration(name)
        {
            Pool = dice.Percent(90) ? [new AddressRange(World.Pool4[0], dice.Of(World.Pool4))] : [],
            Pool6 = !isPrefix && dice.Percent(70) ? [new AddressRange(World.Pool6[0], dice.Of(World.Pool6))] : [],
            PrefixTranslation = isPrefix ? new PrefixTranslation(IpPrefix.Parse(inside), IpPrefix.Parse(outside)) : null,
            OutsidePorts = isTight ? new PortRange(2048, 2055) : new PortRange(1024, 65535),
            PortBlockSize = blocks ? 64 : 0,
            MaxBlocksPerHost = blocks && dice.Percent(50) ? 1 : 0,
            Timeouts = Timeouts(),
        };
    }

    public LoadBalancerConfiguration LoadBalancer(string name)
    {
        var services = new List<VirtualService>();
        foreach (var isV6 in new[] { false, true })
        {
            foreach (var protocol in new[] { IpProtocol.Tcp, IpProtocol.Udp })
            {
                foreach (var port in new ushort[] { 80, 443 }.Where(_ => dice.Percent(60)))
                {
                    var address = isV6 ? World.Virtual6 : World.Virtual4;
                    services.Add(new VirtualService($"s{services.Count}", address, protocol, port, Backends(isV6), dice.Percent(40)));
                }
            }
        }

        return new LoadBalancerConfiguration(name) { Services = services, Affinity = TimeSpan.FromSeconds(dice.Of(15, 240, 300)) };
    }

    /// <summary>
    /// Those of the RFCs, or short ones that end within the life of a flow entry (30 s). Established TCP is the longest, as everywhere: the others
    /// end in it.
    /// </summary>
    private ConnectionTimeouts Timeouts() => dice.Percent(35) ? ConnectionTimeouts.Default : new ConnectionTimeouts
    {
        TcpEstablished = TimeSpan.FromSeconds(dice.Of(25, 40, 600, 7440)),
        TcpTransitory = TimeSpan.FromSeconds(dice.Of(10, 20)),
        Udp = TimeSpan.FromSeconds(dice.Of(5, 30, 300)),
        Icmp = TimeSpan.FromSeconds(dice.Of(3, 60)),
    };

    private List<Backend> Backends(bool isV6) =>
    [
        .. (isV6 ? World.Servers6 : World.Servers4)
            .Where(_ => dice.Percent(75))
            .DefaultIfEmpty((isV6 ? World.Servers6 : World.Servers4)[0])
            .Select(address => new Backend(address, dice.Of<ushort>(80, 80, 8080), dice.Of(1, 1, 3, 0))),
    ];

    private FirewallRule Rule(int index) =>
        new(dice.Percent(50) ? $"r{index}" : "", Match(), dice.Percent(65), dice.Percent(40) ? null : dice.Below(2));

    public PacketMatch Match()
    {
        if (dice.Percent(15))
        {
            return dice.Percent(50) ? PacketMatch.Any : new PacketMatch { IpVersion = dice.Of(4, 6) };
        }

        var isV6 = dice.Percent(40);
        var protocol = dice.Of(World.Protocols);
        var hasAddresses = dice.Percent(60);
        var match = new PacketMatch
        {
            IpVersion = dice.Percent(15) ? isV6 ? 6 : 4 : null,
            Source = hasAddresses && dice.Percent(55) ? new Condition<IpPrefix>(Prefix(isV6), dice.Percent(20)) : null,
            Destination = hasAddresses && dice.Percent(55) ? new Condition<IpPrefix>(Prefix(isV6), dice.Percent(20)) : null,
        };
        return dice.Percent(30) ? match : WithProtocol(match, isV6, protocol);
    }

    private PacketMatch WithProtocol(PacketMatch match, bool isV6, byte protocol)
    {
        if (protocol == IpProtocol.Icmp)
        {
            return match with
            {
                Protocol = new Condition<byte>(isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp),
                IcmpType = dice.Percent(60) ? dice.Of<byte>(isV6 ? [128, 129, 1, 3] : [0, 3, 8, 11, 13]) : null,
            };
        }

        var isNegated = dice.Percent(12);
        var flags = protocol == IpProtocol.Tcp && !isNegated && dice.Percent(25);
        var hasPorts = protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp && !isNegated;
        var set = flags ? dice.Of(TcpFlags.Syn, TcpFlags.Acknowledgement, TcpFlags.Push, TcpFlags.None, TcpFlags.Reset) : TcpFlags.None;
        var clear = flags ? dice.Of(TcpFlags.Acknowledgement, TcpFlags.Urgent, TcpFlags.Syn, TcpFlags.None) & ~set : TcpFlags.None;
        return match with
        {
            Protocol = new Condition<byte>(protocol, isNegated),
            SourcePort = hasPorts && dice.Percent(30) ? Ports() : null,
            DestinationPort = hasPorts && dice.Percent(60) ? Ports() : null,
            TcpFlagsSet = set,
            TcpFlagsClear = clear,
        };
    }

    private Condition<PortRange> Ports()
    {
        var first = dice.Percent(70) ? dice.Of(World.ServicePorts) : dice.Of(World.ClientPorts);
        var last = dice.Percent(60) ? first : (ushort)Math.Max(first, dice.Of<ushort>(443, 1025, 2049, 40003, 65535));
        return new Condition<PortRange>(new PortRange(first, last), dice.Percent(20));
    }

    private IpPrefix Prefix(bool isV6) => IpPrefix.Parse(dice.Of(isV6 ? World.Prefixes6 : World.Prefixes4));
}
