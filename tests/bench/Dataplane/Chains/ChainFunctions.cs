using Metron.Bench.Traces;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Bench.Dataplane;

/// <summary>The functions that measured chains are made of. All let the traces' packets pass from inside to outside.</summary>
internal static class ChainFunctions
{
    /// <summary>Port index of a router towards the clients.</summary>
    private const int Lan = 0;

    /// <summary>Port index of a router towards the internet.</summary>
    private const int Wan = 1;

    /// <summary>First of the next hops' MAC addresses; the route with number n has this plus n.</summary>
    private const ulong FirstNextHop = 0x0200_0100_0000;

    /// <summary>Routes that packets of the traces take, one for each 128 destinations, without the default route.</summary>
    private const int SpecificRoutes = 999;

    private const int DestinationsPerRoute = 128;

    /// <summary>Virtual services of a load balancer, of each IP version.</summary>
    public const int Services = 64;

    /// <summary>Port of the virtual services.</summary>
    public const ushort ServicePort = 443;

    private const ushort BackendPort = 8443;
    private const int BackendsPerService = 8;

    /// <summary>Outside addresses of a NAPT: enough for a million flows.</summary>
    private const uint PoolSize = 64;

    private static readonly UInt128 FirstOutside6 = (UInt128)0x2001_0db8_ffff_0000 << 64;
    private static readonly UInt128 FirstDestination6 = (UInt128)0x2001_0db8_0100_0000 << 64;
    private static readonly UInt128 FirstBackend6 = (UInt128)0x2001_0db8_0300_0000 << 64;

    /// <summary>Outside addresses of a chain's NAPT.</summary>
    /// <param name="number">Which of the chain's NAPTs, 0 to 2.</param>
    /// <param name="isV6">Whether they are IPv6.</param>
    public static AddressRange Pool(int number, bool isV6)
    {
        var first = (isV6 ? FirstOutside6 : 0xc633_6400) + ((uint)number * PoolSize) + 1;
        return new AddressRange(new IpAddress(first, isV6), new IpAddress(first + PoolSize - 1, isV6));
    }

    /// <summary>
    /// A firewall whose last rule lets everything from inside pass, behind rules that match nothing in the traces: a late hit, which is the
    /// worst for one that reads its rules one by one.
    /// </summary>
    /// <param name="rules">Number of rules.</param>
    /// <param name="name">Its name in the chain.</param>
    public static FirewallConfiguration Firewall(int rules, string name = "fw") => new(name)
    {
        Rules =
        [
            .. Enumerable.Range(0, rules - 1).Select(number => new FirewallRule($"deny-{number}", Unmatched(number), Allow: false, FromPort: null)),
            new FirewallRule("allow", PacketMatch.Any, Allow: true, FromPort: 0),
        ],
    };

    /// <summary>
    /// A router with so many routes of each IP version: for each 128 destinations of the traces one, some that nothing takes, and the default.
    /// </summary>
    /// <param name="routes">Number of routes of each version, at least 1,000.</param>
    /// <param name="name">Its name in the chain.</param>
    public static RouterConfiguration Router(int routes, string name = "rt") => new(name)
    {
        RouterPorts = [new RouterPort("lan", MacAddress.Parse("02:00:00:00:01:01")), new RouterPort("wan", MacAddress.Parse("02:00:00:00:f0:01"))],
        Routes =
        [
            .. Enumerable.Range(0, SpecificRoutes).SelectMany(number => new[]
            {
                RouteTo(new IpAddress(0xc612_0000 + ((uint)number * DestinationsPerRoute), false), 25, number),
                RouteTo(new IpAddress(FirstDestination6 + ((uint)number * DestinationsPerRoute), true), 121, number),
            }),
            .. Enumerable.Range(0, routes - SpecificRoutes - 1).SelectMany(number => new[]
            {
                RouteTo(new IpAddress(0x1400_0000 + ((uint)number << 8), false), 24, number % SpecificRoutes),
                RouteTo(new IpAddress(((UInt128)0x2001_0db8_0200_0000 << 64) + ((UInt128)(uint)number << 64), true), 64, number % SpecificRoutes),
            }),
            RouteTo(new IpAddress(0, false), 0, SpecificRoutes),
            RouteTo(new IpAddress(0, true), 0, SpecificRoutes),
            new Route(IpPrefix.Parse("10.0.0.0/8"), new NextHop(Lan, ChainProgram.ClientPeer)),
            new Route(IpPrefix.Parse("fd00::/64"), new NextHop(Lan, ChainProgram.ClientPeer)),
            // Where a NAPT before it sends from.
            new Route(IpPrefix.Parse("198.51.100.0/24"), new NextHop(Lan, ChainProgram.ClientPeer)),
            new Route(IpPrefix.Parse("2001:db8:ffff::/64"), new NextHop(Lan, ChainProgram.ClientPeer)),
        ],
    };

    /// <summary>A NAPT over 64 outside addresses of each IP version. Several in a row have pools of their own.</summary>
    /// <param name="number">Which of the chain's NAPTs.</param>
    public static NaptConfiguration Napt(int number) => new($"nat{number}") { Pool = [Pool(number, isV6: false)], Pool6 = [Pool(number, isV6: true)] };

    /// <summary>Router, firewall, NAPT, and again from the start, up to so many functions.</summary>
    public static IReadOnlyList<NetworkFunctionConfiguration> Repeated(int length) =>
    [
        .. Enumerable.Range(0, length).Select(place => (place % 3) switch
        {
            0 => (NetworkFunctionConfiguration)Router(1_000, $"rt{place / 3}"),
            1 => Firewall(100, $"fw{place / 3}"),
            _ => Napt(place / 3),
        }),
    ];

    /// <summary>What becomes of packets in <see cref="Repeated"/>: the last router's next hop, the last NAPT's addresses.</summary>
    public static Expectation ExpectationOfRepeated(int length) => Expectation.OfChain with
    {
        NextHop = NextHopOf,
        Routers = (length + 2) / 3,
        Pool = length < 3 ? null : (length / 3) - 1,
    };

    /// <summary>A load balancer with virtual services among the destinations of the traces, of each IP version.</summary>
    public static LoadBalancerConfiguration LoadBalancer() => new("lb")
    {
        Services =
        [
            .. Enumerable.Range(0, Services).SelectMany(number => new[] { Service(number, isV6: false), Service(number, isV6: true) }),
        ],
    };

    /// <summary>Whether an address and port are those of a backend of a service.</summary>
    /// <param name="service">The service's address.</param>
    /// <param name="isV6">Whether they are IPv6.</param>
    /// <param name="address">Address.</param>
    /// <param name="port">Port.</param>
    public static bool IsBackend(UInt128 service, bool isV6, UInt128 address, ushort port)
    {
        var number = (uint)(service - FirstDestination(isV6)) / DestinationsPerRoute;
        var first = FirstBackend(isV6) + (number * BackendsPerService);
        return port == BackendPort && address >= first && address < first + BackendsPerService;
    }

    /// <summary>
    /// Deep inspection for so many literals of 8 to 16 small letters, of which the traces have none but by chance. Nothing is ever cleared, so
    /// that all that comes is scanned.
    /// </summary>
    public static DpiConfiguration Inspection(int rules)
    {
        var random = new SplitMix64(0x6470_6921);
        return new DpiConfiguration("ids")
        {
            Rules = [.. Enumerable.Range(0, rules).Select(number => new DpiRule($"r{number}", [new DpiPattern(WebText.Word(random, 5), IsRegex: false)]))],
            InspectedBytes = int.MaxValue,
        };
    }

    /// <summary>The next hop of a packet of the traces, by arithmetic instead of lookup.</summary>
    public static MacAddress NextHopOf(UInt128 destination)
    {
        var number = (int)((uint)destination & 0x1_ffff) / DestinationsPerRoute;
        return new MacAddress(FirstNextHop + (ulong)Math.Min(number, SpecificRoutes));
    }

    private static UInt128 FirstDestination(bool isV6) => isV6 ? FirstDestination6 : 0xc612_0000;

    private static UInt128 FirstBackend(bool isV6) => isV6 ? FirstBackend6 : 0xac1f_0000;

    private static VirtualService Service(int number, bool isV6) => new(
        $"service-{number}-{(isV6 ? 6 : 4)}",
        new IpAddress(FirstDestination(isV6) + ((uint)number * DestinationsPerRoute), isV6),
        IpProtocol.Udp,
        ServicePort,
        [
            .. Enumerable.Range(number * BackendsPerService, BackendsPerService)
                .Select(backend => new Backend(new IpAddress(FirstBackend(isV6) + (uint)backend, isV6), BackendPort, 100)),
        ],
        ByClientAddress: false);

    private static Route RouteTo(IpAddress first, int length, int number) =>
        new(new IpPrefix(first, length), new NextHop(Wan, new MacAddress(FirstNextHop + (ulong)number)));

    private static PacketMatch Unmatched(int number) => (number % 4) switch
    {
        0 => new PacketMatch { Source = new Condition<IpPrefix>(new IpPrefix(new IpAddress(0xac10_0000 + ((uint)number << 8 & 0xf_ff00), false), 24)) },
        1 => new PacketMatch { Destination = new Condition<IpPrefix>(new IpPrefix(new IpAddress(0xcb00_7100 + ((uint)number & 0xff), false), 32)) },
        2 => new PacketMatch
        {
            Protocol = new Condition<byte>(IpProtocol.Tcp),
            DestinationPort = new Condition<PortRange>(new PortRange((ushort)(1 + (number % 60_000)), (ushort)(5 + (number % 60_000)))),
        },
        _ => new PacketMatch
        {
            Destination = new Condition<IpPrefix>(IpPrefix.Parse("198.18.0.0/15")),
            Protocol = new Condition<byte>(IpProtocol.Udp),
            DestinationPort = new Condition<PortRange>(new PortRange((ushort)(number % 1000), (ushort)(number % 1000))),
        },
    };
}
