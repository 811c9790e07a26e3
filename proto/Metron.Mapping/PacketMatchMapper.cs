using Metron.Mapping.Syntax;
using Metron.NetworkFunctions;
using Metron.Packets;

namespace Metron.Mapping;

/// <summary>Reads what a rule or an endpoint speaks of.</summary>
internal static class PacketMatchMapper
{
    /// <summary>Reads a match; a condition with a problem is left out.</summary>
    public static PacketMatch Map(V1.PacketMatch? match, SpecNode at)
    {
        if (match is null)
        {
            return PacketMatch.Any;
        }

        Enums.Check(match.IpVersion, at, "ipVersion");
        var result = new PacketMatch
        {
            IpVersion = match.IpVersion == V1.IpVersion.Unspecified ? null : (int)match.IpVersion,
            Source = Prefix(match.Source, at, "source"),
            Destination = Prefix(match.Destination, at, "destination"),
            Protocol = Protocol(match.Protocol, at),
            SourcePort = Port(match.SourcePort, at, "sourcePort"),
            DestinationPort = Port(match.DestinationPort, at, "destinationPort"),
        };
        // A protocol that could not be read has been reported; what needs it is not reported again.
        var protocolUnreadable = match.Protocol.Length > 0 && result.Protocol is null;
        result = WithTcpFlags(result, match.TcpFlags, at, protocolUnreadable);
        result = WithIcmp(result, match, at, protocolUnreadable);
        CheckIpVersions(result, match, at);
        if (!protocolUnreadable)
        {
            CheckPorts(result, match, at);
        }

        return result;
    }

    private static Condition<IpPrefix>? Prefix(string text, SpecNode at, string field)
    {
        if (text.Length == 0 || !Addresses.TryPrefix(Text.StripNegation(text, out var negated), at, field, out var prefix))
        {
            return null;
        }

        if (negated && prefix.Length == 0)
        {
            at.Report(field, $"{Text.Quote(text)} matches nothing: {prefix} has every address");
        }

        return new Condition<IpPrefix>(prefix, negated);
    }

    private static Condition<byte>? Protocol(string text, SpecNode at)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (Protocols.Read(Text.StripNegation(text, out var negated), out var protocol) is { } problem)
        {
            at.Report("protocol", problem);
            return null;
        }

        return new Condition<byte>(protocol, negated);
    }

    private static Condition<PortRange>? Port(string text, SpecNode at, string field)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (Ports.Read(Text.StripNegation(text, out var negated), out var range) is { } problem)
        {
            at.Report(field, problem);
            return null;
        }

        if (negated && range is { First: 0, Last: ushort.MaxValue })
        {
            at.Report(field, $"{Text.Quote(text)} matches nothing: the range has every port");
        }

        return new Condition<PortRange>(range, negated);
    }

    private static PacketMatch WithTcpFlags(PacketMatch match, string text, SpecNode at, bool protocolUnreadable)
    {
        if (text.Length == 0)
        {
            return match;
        }

        if (Flags.Read(text, out var set, out var clear) is { } problem)
        {
            at.Report("tcpFlags", problem);
            return match;
        }

        if (!protocolUnreadable && match.Protocol is not { Negated: false, Value: IpProtocol.Tcp })
        {
            at.Report("tcpFlags", "needs 'protocol: tcp'");
        }

        return match with { TcpFlagsSet = set, TcpFlagsClear = clear };
    }

    private static PacketMatch WithIcmp(PacketMatch match, V1.PacketMatch source, SpecNode at, bool protocolUnreadable)
    {
        var isIcmp = protocolUnreadable || match.Protocol is { Negated: false, Value: IpProtocol.Icmp or IpProtocol.IcmpV6 };
        if (source.HasIcmpType && !isIcmp)
        {
            at.Report("icmpType", "needs 'protocol: icmp' or 'protocol: icmpv6'");
        }

        if (source.HasIcmpCode && !source.HasIcmpType)
        {
            at.Report("icmpCode", "needs 'icmpType'");
        }

        return match with
        {
            IcmpType = source.HasIcmpType ? IcmpByte(source.IcmpType, at, "icmpType") : null,
            IcmpCode = source.HasIcmpCode ? IcmpByte(source.IcmpCode, at, "icmpCode") : null,
        };
    }

    private static byte? IcmpByte(uint value, SpecNode at, string field)
    {
        if (value <= byte.MaxValue)
        {
            return (byte)value;
        }

        at.Report(field, $"{value} is out of range; expected 0-255");
        return null;
    }

    // Whatever says an IP version must say the same one. The first that says it is taken as meant.
    private static void CheckIpVersions(PacketMatch match, V1.PacketMatch source, SpecNode at)
    {
        (int Version, string Said)? first = match.IpVersion is { } version ? (version, $"'ipVersion: IPV{version}'") : null;
        Check(match.Source is { } s ? Version(s.Value.Address) : null, "source", source.Source);
        Check(match.Destination is { } d ? Version(d.Value.Address) : null, "destination", source.Destination);
        int? ofProtocol = match.Protocol switch
        {
            { Negated: false, Value: IpProtocol.Icmp } => 4,
            { Negated: false, Value: IpProtocol.IcmpV6 } => 6,
            _ => null,
        };
        Check(ofProtocol, "protocol", source.Protocol);

        void Check(int? said, string field, string text)
        {
            if (said is null)
            {
                return;
            }

            if (first is { } earlier && earlier.Version != said)
            {
                at.Report(field, $"{Text.Quote(text)} is IPv{said}, but {earlier.Said} is IPv{earlier.Version}; no packet is both");
            }

            first ??= (said.Value, $"'{field}: {text}'");
        }

        static int Version(IpAddress address) => address.IsV6 ? 6 : 4;
    }

    private static void CheckPorts(PacketMatch match, V1.PacketMatch source, SpecNode at)
    {
        if (match.Protocol is { Negated: false } protocol && Protocols.HasPorts(protocol.Value))
        {
            return;
        }

        var found = match.Protocol is null ? "no protocol is given" : $"the protocol is {Text.Quote(source.Protocol)}";
        foreach (var (field, text) in new[] { ("sourcePort", source.SourcePort), ("destinationPort", source.DestinationPort) })
        {
            if (text.Length > 0)
            {
                at.Report(field, $"needs 'protocol: tcp', 'udp' or 'sctp'; {found}");
            }
        }
    }
}
