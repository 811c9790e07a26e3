using System.Globalization;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Dpi;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>
/// Firewalls, routers, NAPTs and deep packet inspections to the wire: <see cref="ServiceChainMapper.TryMapFunction"/> reads the same configuration from what is written.
/// Values that the mapper takes when nothing is given are left out.
/// </summary>
public static class FunctionWriter
{
    private static readonly string[] FlagNames = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"];

    /// <summary>Writes a function.</summary>
    /// <exception cref="ArgumentException">It is neither firewall, router, NAPT nor deep packet inspection.</exception>
    public static V1.NetworkFunction ToProto(NetworkFunctionConfiguration function) => function switch
    {
        FirewallConfiguration firewall => new V1.NetworkFunction { Name = function.Name, Firewall = ToProto(firewall) },
        RouterConfiguration router => new V1.NetworkFunction { Name = function.Name, Router = ToProto(router) },
        NaptConfiguration napt => new V1.NetworkFunction { Name = function.Name, Napt = ToProto(napt) },
        DpiConfiguration dpi => new V1.NetworkFunction { Name = function.Name, Dpi = DpiWriter.ToProto(dpi) },
        _ => throw new ArgumentException($"a {function?.GetType().Name} is not written", nameof(function)),
    };

    private static V1.Firewall ToProto(FirewallConfiguration firewall)
    {
        var result = new V1.Firewall
        {
            DefaultAction = firewall.AllowByDefault ? V1.FirewallAction.Allow : V1.FirewallAction.Deny,
            Stateful = firewall.Stateful,
            Fragments = firewall.PassFragments ? V1.FragmentPolicy.Pass : V1.FragmentPolicy.Unspecified,
            Timeouts = Timeouts(firewall.Timeouts),
        };
        result.Rules.AddRange(firewall.Rules.Select(rule => new V1.FirewallRule
        {
            Name = rule.Name,
            Action = rule.Allow ? V1.FirewallAction.Allow : V1.FirewallAction.Deny,
            From = rule.FromPort switch { 0 => V1.Side.Inside, 1 => V1.Side.Outside, _ => V1.Side.Unspecified },
            Match = rule.Match == PacketMatch.Any ? null : ToProto(rule.Match),
        }));
        return result;
    }

    /// <summary>Writes a match.</summary>
    public static V1.PacketMatch ToProto(PacketMatch match)
    {
        ArgumentNullException.ThrowIfNull(match);
        var result = new V1.PacketMatch
        {
            IpVersion = (V1.IpVersion)(match.IpVersion ?? 0),
            Source = Written(match.Source, Address),
            Destination = Written(match.Destination, Address),
            Protocol = Written(match.Protocol, Protocol),
            SourcePort = Written(match.SourcePort, Ports),
            DestinationPort = Written(match.DestinationPort, Ports),
            TcpFlags = string.Join(',', Flags(match.TcpFlagsSet, string.Empty).Concat(Flags(match.TcpFlagsClear, "!"))),
        };
        if (match.IcmpType is { } type)
        {
            result.IcmpType = type;
        }

        if (match.IcmpCode is { } code)
        {
            result.IcmpCode = code;
        }

        return result;
    }

    private static V1.Router ToProto(RouterConfiguration router)
    {
        var result = new V1.Router();
        result.Ports.AddRange(router.RouterPorts.Select(port => new V1.RouterPort { Name = port.Name, Mac = port.Mac.ToString() }));
        result.Routes.AddRange(router.Routes.Select(route => new V1.Route
        {
            Prefix = route.Prefix.ToString(),
            Port = router.RouterPorts[route.NextHop.Port].Name,
            NextHopMac = route.NextHop.Mac.ToString(),
        }));
        return result;
    }

    private static V1.Napt ToProto(NaptConfiguration napt)
    {
        var result = new V1.Napt
        {
            PortRange = Ports(napt.OutsidePorts),
            PortBlockSize = (uint)napt.PortBlockSize,
            MaxBlocksPerHost = (uint)napt.MaxBlocksPerHost,
            Timeouts = Timeouts(napt.Timeouts),
        };
        result.Pool.AddRange(napt.Pool.Select(Range));
        if (napt.PrefixTranslation is { } prefixes)
        {
            var translation = new V1.PrefixTranslation { Inside = prefixes.Inside.ToString(), Outside = prefixes.Outside.ToString() };
            result.Ipv6 = new V1.Ipv6Translation { Prefix = translation };
        }
        else if (napt.Pool6.Count > 0)
        {
            var nat66 = new V1.Nat66();
            nat66.Pool.AddRange(napt.Pool6.Select(Range));
            result.Ipv6 = new V1.Ipv6Translation { Nat66 = nat66 };
        }

        return result;
    }

    internal static V1.ConnectionTimeouts? Timeouts(ConnectionTimeouts timeouts) => timeouts == ConnectionTimeouts.Default ? null : new V1.ConnectionTimeouts
    {
        TcpEstablishedSeconds = (uint)timeouts.TcpEstablished.TotalSeconds,
        TcpTransitorySeconds = (uint)timeouts.TcpTransitory.TotalSeconds,
        UdpSeconds = (uint)timeouts.Udp.TotalSeconds,
        IcmpSeconds = (uint)timeouts.Icmp.TotalSeconds,
    };

    private static string Written<T>(Condition<T>? condition, Func<T, string> text) =>
        condition is { } given ? (given.Negated ? "!" : string.Empty) + text(given.Value) : string.Empty;

    private static string Address(IpPrefix prefix) => prefix.Length == prefix.Address.Width ? prefix.Address.ToString() : prefix.ToString();

    private static string Protocol(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => "tcp",
        IpProtocol.Udp => "udp",
        IpProtocol.Icmp => "icmp",
        IpProtocol.IcmpV6 => "icmpv6",
        IpProtocol.Sctp => "sctp",
        IpProtocol.Gre => "gre",
        IpProtocol.Esp => "esp",
        IpProtocol.Ah => "ah",
        _ => protocol.ToString(CultureInfo.InvariantCulture),
    };

    private static string Ports(PortRange range) => range.First == range.Last ? Number(range.First) : $"{Number(range.First)}-{Number(range.Last)}";

    private static string Number(ushort number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Range(AddressRange range) => range.First == range.Last ? range.First.ToString() : $"{range.First}-{range.Last}";

    private static IEnumerable<string> Flags(TcpFlags flags, string prefix) =>
        FlagNames.Where((_, bit) => ((int)flags & (1 << bit)) != 0).Select(name => prefix + name);
}
