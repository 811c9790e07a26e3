using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Napt;
using Metron.NetworkFunctions.Router;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration.Tests;

/// <summary>Reads configurations the plain way, rule by rule, without declarations, header spaces or tables.</summary>
internal static class NaiveChain
{
    private static readonly byte[] IcmpErrors = [3, 4, 5, 11, 12];

    /// <summary>Whether a function lets such a packet through for certain (true), never (false), or depending on state (null).</summary>
    /// <param name="function">The function.</param>
    /// <param name="port">Where the packet enters.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="canArrive">Whether a packet can come to the function by a port, so that it can open a connection; all can without it.</param>
    public static bool? Passes(NetworkFunctionConfiguration function, int port, HeaderPoint packet, Func<int, HeaderPoint, bool>? canArrive = null) => function switch
    {
        FirewallConfiguration { Stateful: true } firewall => CanPassStateful(firewall, port, packet, canArrive ?? ((_, _) => true)) ? null : false,
        FirewallConfiguration firewall => (firewall.PassFragments || !packet.IsFragment) && Allows(firewall, port, packet),
        RouterConfiguration router => router.Routes.Where(route => route.Prefix.Contains(Address(packet, packet.Destination)))
            .MaxBy(route => route.Prefix.Length) is { } route && route.NextHop.Port != port ? null : false,
        NaptConfiguration napt when port == 1 => napt.Pool.Concat(napt.Pool6).Any(range => IsIn(range, Address(packet, packet.Destination))) ? null : false,
        _ => null,
    };

    /// <summary>Whether the packet, or any packet of a connection that it may belong to, in either direction, is allowed by the rules.</summary>
    private static bool CanPassStateful(FirewallConfiguration firewall, int port, HeaderPoint packet, Func<int, HeaderPoint, bool> canArrive)
    {
        if (packet.IsFragment)
        {
            return false;
        }

        var isError = packet.IsV6 ? packet.Protocol == 58 && packet.IcmpType is >= 1 and <= 4 : packet.Protocol == 1 && IcmpErrors.Contains(packet.IcmpType);
        return isError
            || Variants(packet).Any(variant => Allows(firewall, port, variant) && canArrive(port, variant))
            || Variants(packet.Reverse()).Any(variant => Allows(firewall, 1 - port, variant) && canArrive(1 - port, variant));
    }

    /// <summary>The same packet with any TCP flags, or any ICMP type.</summary>
    private static IEnumerable<HeaderPoint> Variants(HeaderPoint packet) =>
        packet.Protocol == 6 ? Enumerable.Range(0, 256).Select(flags => packet with { TcpFlags = (byte)flags })
        : packet.Protocol == (packet.IsV6 ? 58 : 1) ? Enumerable.Range(0, 256).Select(type => packet with { IcmpType = (byte)type })
        : [packet];

    private static bool Allows(FirewallConfiguration firewall, int port, HeaderPoint packet)
    {
        foreach (var rule in firewall.Rules)
        {
            if ((rule.FromPort is null || rule.FromPort == port) && Matches(rule.Match, packet))
            {
                return rule.Allow;
            }
        }

        return firewall.AllowByDefault;
    }

    private static bool Matches(PacketMatch match, HeaderPoint packet) =>
        (match.IpVersion is null || match.IpVersion == 6 == packet.IsV6)
        && InPrefix(match.Source, Address(packet, packet.Source))
        && InPrefix(match.Destination, Address(packet, packet.Destination))
        && (match.Protocol is not { } protocol || (protocol.Value == packet.Protocol) != protocol.Negated)
        && (match.SourcePort is not { } source || source.Value.Contains(packet.SourcePort) != source.Negated)
        && (match.DestinationPort is not { } destination || destination.Value.Contains(packet.DestinationPort) != destination.Negated)
        && ((match.TcpFlagsSet | match.TcpFlagsClear) == TcpFlags.None || packet.Protocol == 6)
        && ((TcpFlags)packet.TcpFlags & match.TcpFlagsSet) == match.TcpFlagsSet
        && ((TcpFlags)packet.TcpFlags & match.TcpFlagsClear) == 0
        && (match.IcmpType is not { } type || (type == packet.IcmpType && packet.Protocol == (packet.IsV6 ? 58 : 1)));

    private static bool InPrefix(Condition<IpPrefix>? condition, IpAddress address) =>
        condition is not { } given
        || (given.Value.Address.IsV6 == address.IsV6 && given.Value.Contains(address) != given.Negated);

    private static bool IsIn(AddressRange range, IpAddress address) => range.First.IsV6 == address.IsV6 && address >= range.First && address <= range.Last;

    private static IpAddress Address(HeaderPoint packet, UInt128 value) => new(value, packet.IsV6);
}
