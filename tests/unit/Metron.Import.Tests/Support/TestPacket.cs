using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Import.Tests.Support;

/// <summary>What rules look at of a packet.</summary>
/// <param name="FromPort">0 from inside, 1 from outside.</param>
internal sealed record TestPacket(
    IpAddress Source, IpAddress Destination, byte Protocol, ushort SourcePort, ushort DestinationPort, TcpFlags Flags, byte IcmpType, byte IcmpCode, int FromPort)
{
    public bool IsV6 => Source.IsV6;

    public bool HasPorts => Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;

    /// <summary>Whether a firewall allows the packet, rule by rule as the API's comments say; not the product's classifier.</summary>
    public bool IsAllowedBy(FirewallConfiguration firewall)
    {
        foreach (var rule in firewall.Rules)
        {
            if ((rule.FromPort is null || rule.FromPort == FromPort) && Matches(rule.Match))
            {
                return rule.Allow;
            }
        }

        return firewall.AllowByDefault;
    }

    private bool Matches(PacketMatch match) =>
        (match.IpVersion is null || match.IpVersion == (IsV6 ? 6 : 4))
        && Holds(match.Source, Source) && Holds(match.Destination, Destination)
        && (match.Protocol is not { } protocol || (protocol.Value == Protocol) != protocol.Negated)
        && Holds(match.SourcePort, SourcePort) && Holds(match.DestinationPort, DestinationPort)
        && (match.TcpFlagsSet | match.TcpFlagsClear) is var looked
        && (looked == TcpFlags.None || (Protocol == IpProtocol.Tcp && (Flags & looked) == match.TcpFlagsSet))
        && (match.IcmpType is null || (Protocol == (IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp) && match.Protocol?.Value == Protocol
            && match.IcmpType == IcmpType && (match.IcmpCode is null || match.IcmpCode == IcmpCode)));

    private static bool Holds(Condition<IpPrefix>? condition, IpAddress address) =>
        condition is not { } prefix || (prefix.Value.Address.IsV6 == address.IsV6 && prefix.Value.Contains(address) != prefix.Negated);

    private bool Holds(Condition<PortRange>? condition, ushort port) =>
        condition is not { } range || (HasPorts && range.Value.Contains(port) != range.Negated);
}

/// <summary>Draws packets from a small world, so that rules are hit.</summary>
internal static class PacketWorld
{
    public static readonly string[] V4 = ["10.0.0.1", "10.0.0.2", "10.0.1.7", "10.1.0.9", "192.0.2.1", "192.0.2.130", "198.51.100.5", "203.0.113.77"];
    public static readonly string[] V6 = ["2001:db8::1", "2001:db8::2", "2001:db8:1::7", "2001:db8:ffff::9", "fd00::1", "fe80::1"];
    public static readonly byte[] Protocols = [IpProtocol.Tcp, IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp, IpProtocol.IcmpV6, IpProtocol.Gre, IpProtocol.Esp, IpProtocol.Sctp, 89];
    public static readonly ushort[] Ports = [0, 1, 22, 53, 79, 80, 81, 443, 1023, 1024, 5060, 8000, 8005, 8010, 8011, 65535];
    public static readonly byte[] IcmpTypes = [0, 3, 4, 5, 8, 11, 128, 129, 135];

    public static TestPacket Draw(Random random, bool onlyV4 = false)
    {
        var addresses = onlyV4 || random.Next(3) > 0 ? V4 : V6;
        var isV6 = addresses == V6;
        var protocol = Pick(random, Protocols);
        protocol = protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 ? (isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp) : protocol;
        var isIcmp = protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;
        var hasPorts = protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        return new TestPacket(
            IpAddress.Parse(Pick(random, addresses)),
            IpAddress.Parse(Pick(random, addresses)),
            protocol,
            hasPorts ? Pick(random, Ports) : (ushort)0,
            hasPorts ? Pick(random, Ports) : (ushort)0,
            protocol == IpProtocol.Tcp ? (TcpFlags)random.Next(64) : TcpFlags.None,
            isIcmp ? Pick(random, IcmpTypes) : (byte)0,
            isIcmp ? (byte)random.Next(5) : (byte)0,
            random.Next(2));
    }

    public static T Pick<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
