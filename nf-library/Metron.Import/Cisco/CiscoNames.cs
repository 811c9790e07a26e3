using Metron.Import.Syntax;
using Metron.Packets;

namespace Metron.Import.Cisco;

/// <summary>Ports by the names of Cisco IOS (command reference of 'permit (IP)').</summary>
internal static class CiscoNames
{
    private static readonly Dictionary<string, ushort> Both = new()
    {
        ["discard"] = 9,
        ["domain"] = 53,
        ["echo"] = 7,
        ["pim-auto-rp"] = 496,
        ["sunrpc"] = 111,
        ["tacacs"] = 49,
        ["talk"] = 517,
        ["time"] = 37,
    };

    private static readonly Dictionary<string, ushort> Tcp = new()
    {
        ["bgp"] = 179,
        ["chargen"] = 19,
        ["cmd"] = 514,
        ["daytime"] = 13,
        ["drip"] = 3949,
        ["exec"] = 512,
        ["finger"] = 79,
        ["ftp"] = 21,
        ["ftp-data"] = 20,
        ["gopher"] = 70,
        ["hostname"] = 101,
        ["ident"] = 113,
        ["irc"] = 194,
        ["klogin"] = 543,
        ["kshell"] = 544,
        ["login"] = 513,
        ["lpd"] = 515,
        ["msrpc"] = 135,
        ["nntp"] = 119,
        ["pop2"] = 109,
        ["pop3"] = 110,
        ["smtp"] = 25,
        ["telnet"] = 23,
        ["uucp"] = 540,
        ["whois"] = 43,
        ["www"] = 80,
    };

    private static readonly Dictionary<string, ushort> Udp = new()
    {
        ["biff"] = 512,
        ["bootpc"] = 68,
        ["bootps"] = 67,
        ["dnsix"] = 195,
        ["isakmp"] = 500,
        ["mobile-ip"] = 434,
        ["nameserver"] = 42,
        ["netbios-dgm"] = 138,
        ["netbios-ns"] = 137,
        ["netbios-ss"] = 139,
        ["non500-isakmp"] = 4500,
        ["ntp"] = 123,
        ["rip"] = 520,
        ["snmp"] = 161,
        ["snmptrap"] = 162,
        ["syslog"] = 514,
        ["tftp"] = 69,
        ["who"] = 513,
        ["xdmcp"] = 177,
    };

    /// <summary>Reads a name or a number 0-65535.</summary>
    public static bool TryPort(string text, byte protocol, out ushort port)
    {
        var own = protocol == IpProtocol.Tcp ? Tcp : protocol == IpProtocol.Udp ? Udp : Both;
        if (own.TryGetValue(text, out port) || (protocol != IpProtocol.Sctp && Both.TryGetValue(text, out port)))
        {
            return true;
        }

        var isNumber = Numbers.TryRead(text, ushort.MaxValue, out var number);
        port = (ushort)number;
        return isNumber;
    }
}
