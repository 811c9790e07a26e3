using Metron.Packets;

namespace Metron.Mapping.Syntax;

/// <summary>IP protocols as text.</summary>
internal static class Protocols
{
    private static readonly Dictionary<string, byte> Numbers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["tcp"] = IpProtocol.Tcp,
        ["udp"] = IpProtocol.Udp,
        ["icmp"] = IpProtocol.Icmp,
        ["icmpv6"] = IpProtocol.IcmpV6,
        ["sctp"] = IpProtocol.Sctp,
        ["gre"] = IpProtocol.Gre,
        ["esp"] = IpProtocol.Esp,
        ["ah"] = IpProtocol.Ah,
    };

    /// <summary>Reads a name or a number; null when right, else what is wrong.</summary>
    public static string? Read(string text, out byte protocol)
    {
        if (Numbers.TryGetValue(text, out protocol))
        {
            return null;
        }

        if (Text.TryNumber(text, byte.MaxValue, out var number))
        {
            protocol = (byte)number;
            return null;
        }

        var near = Suggestion.For(text, Numbers.Keys);
        return $"{Text.Quote(text)} is not a protocol: one of {string.Join(", ", Numbers.Keys)} or a number 0-255"
            + (near is null ? string.Empty : $"; did you mean '{near}'?");
    }

    /// <summary>Whether the protocol has ports.</summary>
    public static bool HasPorts(byte protocol) => protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
}
