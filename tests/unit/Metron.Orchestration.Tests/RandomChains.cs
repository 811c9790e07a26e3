using CsCheck;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Monitor;
using Metron.NetworkFunctions.Router;
using Metron.Offload.Tests;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration.Tests;

/// <summary>Random chains of functions one behind the other, and packets for them.</summary>
internal static class RandomChains
{
    private static readonly ushort[] Ports = [0, 22, 79, 80, 81, 1023, 1024, 65535];
    private static readonly byte[] Protocols = [1, 6, 17, 47, 58, 132];
    private static readonly UInt128 Base6 = new(0x20010db800000000, 0);

    /// <summary>A match of a rule, with addresses, protocols, ports and flags of which many meet.</summary>
    public static readonly Gen<PacketMatch> Match =
        from kind in Gen.Int[0, 4]
        from version in Gen.OneOf(0, 4, 6)
        from source in Prefix(version == 6)
        from destination in Prefix(version == 6)
        from which in Gen.Int[0, 3]
        from protocol in Gen.OneOf(Protocols)
        from negated in Gen.Bool
        from first in Gen.OneOf(Ports)
        from last in Gen.OneOf(Ports)
        from flags in Gen.Select(Gen.Byte, Gen.Byte)
        from type in Gen.Byte[0, 12]
        let addresses = new PacketMatch
        {
            IpVersion = version == 0 ? null : version,
            Source = version != 0 && (which & 1) != 0 ? source : null,
            Destination = version != 0 && (which & 2) != 0 ? destination : null,
        }
        let ports = new Condition<PortRange>(new PortRange(Math.Min(first, last), Math.Max(first, last)), negated)
        select kind switch
        {
            0 => addresses,
            1 => addresses with { Protocol = new(protocol, negated) },
            2 => addresses with { Protocol = new((byte)((which & 1) != 0 ? 6 : 17)), DestinationPort = ports },
            3 => addresses with
            {
                Protocol = (which & 1) != 0 ? new(6) : null,
                SourcePort = (which & 1) != 0 ? ports : null,
                TcpFlagsSet = (TcpFlags)(flags.Item1 & 0x13),
                TcpFlagsClear = (TcpFlags)(flags.Item2 & 0x13 & ~flags.Item1),
            },
            _ => new PacketMatch { Protocol = new((byte)(negated ? 58 : 1)), IcmpType = type },
        };

    private static readonly Gen<FirewallConfiguration> Firewall =
        from rules in Gen.Select(Match, Gen.Bool, Gen.OneOf<int?>(null, 0, 1)).List[0, 6]
        from flags in Gen.Int[0, 7]
        let isStateful = (flags & 1) != 0
        select new FirewallConfiguration("")
        {
            Rules = [.. rules.Select(rule => new FirewallRule("", rule.Item1, rule.Item2, rule.Item3))],
            Stateful = isStateful,
            AllowByDefault = (flags & 2) != 0,
            PassFragments = !isStateful && (flags & 4) != 0,
        };

    private static readonly Gen<RouterConfiguration> Router =
        from routes in Gen.Select(Gen.Bool.SelectMany(Prefix), Gen.Bool).List[0, 5]
        select new RouterConfiguration("")
        {
            RouterPorts = [new RouterPort("a", SampleChains.LanMac), new RouterPort("b", SampleChains.WanMac)],
            Routes =
            [
                .. routes.DistinctBy(route => route.Item1.Value).Select(route => new Route(
                    route.Item1.Value,
                    route.Item2 ? new NextHop(0, SampleChains.ClientMac) : new NextHop(1, SampleChains.GatewayMac))),
            ],
        };

    private static readonly Gen<NetworkFunctionConfiguration> Function = Gen.Frequency(
        (6, Firewall.Select(firewall => (NetworkFunctionConfiguration)firewall)),
        (2, Router.Select(router => (NetworkFunctionConfiguration)router)),
        (1, Gen.Const(0).Select(_ => (NetworkFunctionConfiguration)SampleChains.Napt())),
        (1, Gen.Const(0).Select(_ => (NetworkFunctionConfiguration)new MonitorConfiguration(""))));

    /// <summary>Up to four functions between the endpoints a (client side) and b.</summary>
    public static Gen<ChainSpec> Chain { get; } =
        from functions in Function.List[0, 4]
        from vlans in Gen.Select(Gen.OneOf<ushort>(0, 0, 7), Gen.OneOf<ushort>(0, 0, 9))
        select Line(functions, vlans.Item1, vlans.Item2);

    /// <summary>A packet as it arrives.</summary>
    public static Gen<HeaderPoint> Packet { get; } =
        from isV6 in Gen.Bool
        from source in Address(isV6)
        from destination in Address(isV6)
        from protocol in Gen.OneOf(Protocols)
        from ports in Gen.Select(Gen.OneOf(Gen.OneOf(Ports), Gen.UShort), Gen.OneOf(Gen.OneOf(Ports), Gen.UShort))
        from type in Gen.Byte[0, 12]
        from isFragment in Gen.Frequency((6, false), (1, true))
        from flags in Gen.Byte
        select TestPacket.Normalize(new HeaderPoint
        {
            IsV6 = isV6,
            Source = source,
            Destination = destination,
            Protocol = protocol,
            SourcePort = ports.Item1,
            DestinationPort = ports.Item2,
            IcmpType = type,
            IsFragment = isFragment,
            TcpFlags = flags,
        });

    private static ChainSpec Line(List<NetworkFunctionConfiguration> functions, ushort leftVlan, ushort rightVlan)
    {
        NetworkFunctionConfiguration[] named = [.. functions.Select((function, index) => function with { Name = $"f{index}" })];
        Attachment From(int index) => index == 0 ? new("a", null) : new($"f{index - 1}", named[index - 1] is RouterConfiguration ? "b" : null);
        Attachment To(int index) => index == named.Length ? new("b", null) : new($"f{index}", named[index] is RouterConfiguration ? "a" : null);
        return new ChainSpec("chain")
        {
            Endpoints = [new ChainEndpoint("a", "br0", 1) { Vlan = leftVlan }, new ChainEndpoint("b", "br0", 2) { Vlan = rightVlan }],
            Functions = named,
            Links = [.. Enumerable.Range(0, named.Length + 1).Select(index => new ChainLink(From(index), To(index)))],
        };
    }

    private static Gen<Condition<IpPrefix>> Prefix(bool isV6) =>
        from address in Address(isV6)
        from length in Gen.Int[0, isV6 ? 128 : 32]
        from negated in Gen.Bool
        let hostBits = (isV6 ? 128 : 32) - length
        let host = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1
        select new Condition<IpPrefix>(new IpPrefix(new IpAddress(address & ~host, isV6), length), negated && length > 0);

    // Few addresses, among them the NAPT's, so that rules, routes and packets meet.
    private static Gen<UInt128> Address(bool isV6) => Gen.Frequency(
        (4, Gen.Int[0, 3].Select(low => (isV6 ? Base6 : 0x0a000000) + (UInt128)low)),
        (1, Gen.Const(isV6 ? Base6 << 1 : (UInt128)0xc6336401)),
        (1, Gen.ULong.Select(bits => isV6 ? Base6 + bits : (UInt128)(uint)bits)));
}
