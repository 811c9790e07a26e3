using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Metron.Synthesis;

/// <summary>Writes matches for humans.</summary>
internal static class HeaderMatchText
{
    private static readonly string[] FlagNames = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"];

    public static string Of(HeaderMatch match)
    {
        List<string> parts = [];
        if (match.IpVersion is { } version)
        {
            parts.Add($"ipv{version}");
        }

        if (match.Fragment is { } fragment)
        {
            parts.Add(fragment ? "fragment" : "whole");
        }

        Add(parts, "", match.Protocol, ProtocolName);
        var isV6 = match.IpVersion == 6;
        Add(parts, "src ", match.Source, value => Address(value, isV6), PrefixBits(match.Source, isV6));
        Add(parts, "dst ", match.Destination, value => Address(value, isV6), PrefixBits(match.Destination, isV6));
        Add(parts, "sport ", match.SourcePort, Number);
        Add(parts, "dport ", match.DestinationPort, Number);
        Add(parts, "type ", match[HeaderField.IcmpType], Number);
        Add(parts, "code ", match[HeaderField.IcmpCode], Number);
        if (match.TcpFlags != FlagSet.All)
        {
            parts.Add("flags " + Flags(match.TcpFlags));
        }

        return parts.Count == 0 ? "any" : string.Join(' ', parts);
    }

    private static void Add(List<string> parts, string name, FieldCondition? condition, Func<UInt128, string> format, int? prefix = null)
    {
        if (condition is { } given)
        {
            var text = prefix is { } bits ? $"{format(given.First)}/{bits}"
                : given.First == given.Last ? format(given.First) : $"{format(given.First)}-{format(given.Last)}";
            parts.Add($"{name}{(given.Negated ? "!" : "")}{text}");
        }
    }

    private static int? PrefixBits(FieldCondition? condition, bool isV6)
    {
        if (condition is not { } given)
        {
            return null;
        }

        var hostBits = UInt128.PopCount(given.First ^ given.Last);
        var isPrefix = (given.First ^ given.Last) == (hostBits == 128 ? UInt128.MaxValue : (UInt128.One << (int)hostBits) - 1);
        return isPrefix && (given.First & (given.First ^ given.Last)) == 0 ? (isV6 ? 128 : 32) - (int)hostBits : null;
    }

    private static string Number(UInt128 value) => value.ToString(CultureInfo.InvariantCulture);

    private static string ProtocolName(UInt128 value) => (int)value switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "icmpv6",
        132 => "sctp",
        var other => $"protocol-{other}",
    };

    private static string Address(UInt128 value, bool isV6)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new IPAddress(isV6 ? bytes : bytes[12..]).ToString();
    }

    private static string Flags(FlagSet flags)
    {
        var text = new StringBuilder();
        for (var bit = 0; bit < 8; bit++)
        {
            if ((flags.Mask >> bit & 1) != 0)
            {
                text.Append((flags.Value >> bit & 1) != 0 ? '+' : '-').Append(FlagNames[bit]);
            }
        }

        return text.ToString();
    }
}
