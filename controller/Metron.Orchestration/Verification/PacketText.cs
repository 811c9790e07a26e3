using System.Globalization;
using System.Text;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Writes packets for humans.</summary>
internal static class PacketText
{
    /// <summary>"ipv4 tcp 10.0.0.1:1024 to 192.0.2.1:80 flags 0x02, VLAN 7".</summary>
    public static string Of(in HeaderPoint packet)
    {
        var text = new StringBuilder();
        if (packet.Kind == HeaderKind.Other)
        {
            text.Append(CultureInfo.InvariantCulture, $"Ethernet type 0x{packet.OtherEtherType:x4}");
            text.Append(packet.OtherEtherType == 0x8847 ? $", label {packet.MplsLabel.ToString(CultureInfo.InvariantCulture)}" : "");
        }
        else
        {
            AppendIp(text, packet);
        }

        if (packet.Vlan != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", VLAN {packet.Vlan & 0xfff}");
        }

        if ((packet.SourceMac | packet.DestinationMac) != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", MAC {new MacAddress(packet.SourceMac)} to {new MacAddress(packet.DestinationMac)}");
        }

        return text.ToString();
    }

    private static void AppendIp(StringBuilder text, in HeaderPoint packet)
    {
        var hasPorts = !packet.IsFragment && packet.Protocol is 6 or 17 or 132;
        var isV6 = packet.IsV6;
        string End(UInt128 address, ushort port) =>
            new IpAddress(address, isV6) + (hasPorts ? $" port {port.ToString(CultureInfo.InvariantCulture)}" : "");
        text.Append(packet.IsV6 ? "ipv6 " : "ipv4 ");
        text.Append(packet.IsFragment ? "fragment of " : "");
        text.Append(packet.Protocol switch
        {
            1 => "icmp",
            6 => "tcp",
            17 => "udp",
            58 => "icmpv6",
            132 => "sctp",
            var other => $"protocol {other.ToString(CultureInfo.InvariantCulture)}",
        });
        text.Append(' ').Append(End(packet.Source, packet.SourcePort)).Append(" to ").Append(End(packet.Destination, packet.DestinationPort));
        if (packet.Protocol == 6 && !packet.IsFragment)
        {
            text.Append(CultureInfo.InvariantCulture, $" flags 0x{packet.TcpFlags:x2}");
        }

        if (packet.Protocol == (packet.IsV6 ? 58 : 1) && !packet.IsFragment)
        {
            text.Append(CultureInfo.InvariantCulture, $" type {packet.IcmpType} code {packet.IcmpCode}");
        }
    }
}
