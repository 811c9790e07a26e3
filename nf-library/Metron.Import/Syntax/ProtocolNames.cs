namespace Metron.Import.Syntax;

/// <summary>IP protocols by the names that tools print (/etc/protocols, IANA).</summary>
internal static class ProtocolNames
{
    private static readonly Dictionary<string, byte> Numbers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["icmp"] = 1,
        ["igmp"] = 2,
        ["ggp"] = 3,
        ["ipencap"] = 4,
        ["ipip"] = 4,
        ["ipinip"] = 4,
        ["tcp"] = 6,
        ["egp"] = 8,
        ["igp"] = 9,
        ["udp"] = 17,
        ["dccp"] = 33,
        ["ipv6"] = 41,
        ["rsvp"] = 46,
        ["gre"] = 47,
        ["esp"] = 50,
        ["ipv6-crypt"] = 50,
        ["ah"] = 51,
        ["ahp"] = 51,
        ["ipv6-auth"] = 51,
        ["skip"] = 57,
        ["ipv6-icmp"] = 58,
        ["icmpv6"] = 58,
        ["icmp6"] = 58,
        ["eigrp"] = 88,
        ["ospf"] = 89,
        ["ospfigp"] = 89,
        ["nos"] = 94,
        ["etherip"] = 97,
        ["pim"] = 103,
        ["pcp"] = 108,
        ["ipcomp"] = 108,
        ["vrrp"] = 112,
        ["l2tp"] = 115,
        ["sctp"] = 132,
        ["mobility-header"] = 135,
        ["ipv6-mh"] = 135,
        ["udplite"] = 136,
    };

    /// <summary>Reads a name or a number 0-255.</summary>
    public static bool TryRead(string text, out byte protocol)
    {
        if (Numbers.TryGetValue(text, out protocol))
        {
            return true;
        }

        var isNumber = Syntax.Numbers.TryRead(text, byte.MaxValue, out var number);
        protocol = (byte)number;
        return isNumber;
    }
}
