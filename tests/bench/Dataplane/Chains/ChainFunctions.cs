using Metron.Bench.Traces;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Firewall;
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

    /// <summary>Outside addresses of a NAPT.</summary>
    public static AddressRange Pool { get; } = new(IpAddress.Parse("198.51.100.1"), IpAddress.Parse("198.51.100.16"));

    /// <summary>Outside addresses of a NAT66.</summary>
    public static AddressRange Pool6 { get; } = new(IpAddress.Parse("2001:db8:ffff::1"), IpAddress.Parse("2001:db8:ffff::10"));

    /// <summary>
    /// A firewall whose last rule lets everything from inside pass, behind rules that match nothing in the traces: a late hit, which is the
    /// worst for one that reads its rules one by one.
    /// </summary>
    /// <param name="rules">Number of rules.</param>
    public static FirewallConfiguration Firewall(int rules) => new("fw")
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
    public static RouterConfiguration Router(int routes) => new("rt")
    {
        RouterPorts = [new RouterPort("lan", MacAddress.Parse("02:00:00:00:01:01")), new RouterPort("wan", MacAddress.Parse("02:00:00:00:f0:01"))],
        Routes =
        [
            .. Enumerable.Range(0, SpecificRoutes).SelectMany(number => new[]
            {
                RouteTo(new IpAddress(0xc612_0000 + ((uint)number * DestinationsPerRoute), false), 25, number),
                RouteTo(new IpAddress(((UInt128)0x2001_0db8_0100_0000 << 64) + ((uint)number * DestinationsPerRoute), true), 121, number),
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
        ],
    };

    /// <summary>A NAPT over 16 outside addresses of each IP version.</summary>
    public static NaptConfiguration Napt() => new("nat") { Pool = [Pool], Pool6 = [Pool6] };

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
