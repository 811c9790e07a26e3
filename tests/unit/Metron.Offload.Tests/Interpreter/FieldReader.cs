using Metron.OpenFlow;

namespace Metron.Offload.Tests;

/// <summary>Reads the fields that OpenFlow matches from a packet.</summary>
internal static class FieldReader
{
    /// <summary>The value of a field; null when the packet has no such field.</summary>
    public static UInt128? Read(OxmType type, TestPacket packet, ulong metadata) =>
        ReadEthernet(type, packet, metadata) ?? (packet.OtherEthernetType is null ? ReadIp(type, packet) : null);

    /// <summary>Says what a match lacks to be accepted by a switch (OpenFlow 1.3.5 section 7.2.3.8); null when nothing.</summary>
    public static string? MissingPrerequisite(Match match)
    {
        var etherType = match[Oxm.EthernetType]?.Value;
        var protocol = match[Oxm.IpProtocol]?.Value;
        bool IsIp(UInt128? type) => type == 0x0800 || type == 0x86dd;
        foreach (var field in match.Fields)
        {
            var isFine = field.Type switch
            {
                _ when field.Type == Oxm.MplsLabel => etherType == 0x8847,
                _ when field.Type == Oxm.IpDscp || field.Type == Oxm.IpProtocol || field.Type == Oxm.IpFragment => IsIp(etherType),
                _ when field.Type == Oxm.Ipv4Source || field.Type == Oxm.Ipv4Destination => etherType == 0x0800,
                _ when field.Type == Oxm.Ipv6Source || field.Type == Oxm.Ipv6Destination => etherType == 0x86dd,
                _ when field.Type == Oxm.TcpSource || field.Type == Oxm.TcpDestination || field.Type == Oxm.TcpFlags => IsIp(etherType) && protocol == 6,
                _ when field.Type == Oxm.UdpSource || field.Type == Oxm.UdpDestination => IsIp(etherType) && protocol == 17,
                _ when field.Type == Oxm.SctpSource || field.Type == Oxm.SctpDestination => IsIp(etherType) && protocol == 132,
                _ when field.Type == Oxm.Icmpv4Type || field.Type == Oxm.Icmpv4Code => etherType == 0x0800 && protocol == 1,
                _ when field.Type == Oxm.Icmpv6Type || field.Type == Oxm.Icmpv6Code => etherType == 0x86dd && protocol == 58,
                _ => true,
            };
            if (!isFine)
            {
                return $"{match} has {field} without what it needs";
            }
        }

        return null;
    }

    private static UInt128? ReadEthernet(OxmType type, TestPacket packet, ulong metadata) => type switch
    {
        _ when type == Oxm.InPort => packet.InPort,
        _ when type == Oxm.Metadata => metadata,
        _ when type == Oxm.EthernetSource => packet.EthernetSource,
        _ when type == Oxm.EthernetDestination => packet.EthernetDestination,
        _ when type == Oxm.EthernetType => packet.EthernetType,
        _ when type == Oxm.MplsLabel => packet.Label,
        _ when type == Oxm.VlanId => packet.Vlan is { } vlan ? (UInt128)(vlan | 0x1000U) : 0,
        _ => null,
    };

    private static UInt128? ReadIp(OxmType type, TestPacket packet)
    {
        var headers = packet.Headers;
        return type switch
        {
            _ when type == Oxm.IpProtocol => headers.Protocol,
            _ when type == Oxm.IpDscp => headers.Dscp,
            _ when type == Oxm.IpFragment => headers.IsFragment ? UInt128.One : UInt128.Zero,
            _ when type == Oxm.Ipv4Source && !headers.IsV6 => headers.Source,
            _ when type == Oxm.Ipv4Destination && !headers.IsV6 => headers.Destination,
            _ when type == Oxm.Ipv6Source && headers.IsV6 => headers.Source,
            _ when type == Oxm.Ipv6Destination && headers.IsV6 => headers.Destination,
            _ when IsSourcePort(type, headers.Protocol) => headers.SourcePort,
            _ when IsDestinationPort(type, headers.Protocol) => headers.DestinationPort,
            _ when type == Oxm.TcpFlags && headers.Protocol == 6 => headers.TcpFlags,
            _ when type == (headers.IsV6 ? Oxm.Icmpv6Type : Oxm.Icmpv4Type) => headers.IcmpType,
            _ when type == (headers.IsV6 ? Oxm.Icmpv6Code : Oxm.Icmpv4Code) => headers.IcmpCode,
            _ => null,
        };
    }

    private static bool IsSourcePort(OxmType type, byte protocol) =>
        protocol switch { 6 => type == Oxm.TcpSource, 17 => type == Oxm.UdpSource, 132 => type == Oxm.SctpSource, _ => false };

    private static bool IsDestinationPort(OxmType type, byte protocol) =>
        protocol switch { 6 => type == Oxm.TcpDestination, 17 => type == Oxm.UdpDestination, 132 => type == Oxm.SctpDestination, _ => false };
}
