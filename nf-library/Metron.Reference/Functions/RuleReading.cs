using Metron.NetworkFunctions;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>Whether a packet fits what an operator wrote.</summary>
internal static class RuleReading
{
    /// <summary>Every condition is asked of the packet, one after the other.</summary>
    public static bool Fits(PacketMatch match, IpFields packet) =>
        FitsVersion(match, packet)
        && (match.Source is not { } source || source.Value.Contains(packet.Source) != source.Negated)
        && (match.Destination is not { } destination || destination.Value.Contains(packet.Destination) != destination.Negated)
        && (match.Protocol is not { } protocol || (protocol.Value == packet.Protocol) != protocol.Negated)
        && FitsPort(match.SourcePort, packet, packet.SourcePort)
        && FitsPort(match.DestinationPort, packet, packet.DestinationPort)
        && FitsFlags(match, packet)
        && FitsIcmp(match, packet);

    /// <summary>A prefix, negated or not, demands its version, and so does an ICMP type.</summary>
    private static bool FitsVersion(PacketMatch match, IpFields packet)
    {
        var icmp = match.IcmpType is null ? (bool?)null : match.Protocol?.Value == IpProtocol.IcmpV6;
        return (match.IpVersion is not { } version || version == 6 == packet.IsV6)
            && (match.Source is not { } source || source.Value.Address.IsV6 == packet.IsV6)
            && (match.Destination is not { } destination || destination.Value.Address.IsV6 == packet.IsV6)
            && (icmp is not { } isV6 || isV6 == packet.IsV6);
    }

    /// <summary>Only what has ports can fit a condition on them, a negated one too.</summary>
    private static bool FitsPort(Condition<PortRange>? condition, IpFields packet, ushort port) =>
        condition is not { } ports || (packet.HasPorts && ports.Value.Contains(port) != ports.Negated);

    private static bool FitsFlags(PacketMatch match, IpFields packet) =>
        (match.TcpFlagsSet | match.TcpFlagsClear) == TcpFlags.None
        || (packet.IsTcp && (packet.TcpFlags & match.TcpFlagsSet) == match.TcpFlagsSet && (packet.TcpFlags & match.TcpFlagsClear) == 0);

    private static bool FitsIcmp(PacketMatch match, IpFields packet) =>
        (match.IcmpType is not { } type || (packet.Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6 && packet.IcmpType == type))
        && (match.IcmpCode is not { } code || packet.IcmpCode == code);
}
