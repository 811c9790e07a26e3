using Metron.Packets;

namespace Metron.Import.Click;

/// <summary>Words of patterns, and what their names stand for (IPClassifier's documentation).</summary>
internal static class ClickWords
{
    private static readonly string[] Signs = ["&&", "||", "<=", ">=", "!=", "==", "&", "|", "<", ">", "!", "=", "(", ")", "[", "]", "?"];

    /// <summary>IP protocols.</summary>
    public static Dictionary<string, byte> Protocols { get; } = new() { ["icmp"] = 1, ["igmp"] = 2, ["ipip"] = 4, ["tcp"] = 6, ["udp"] = 17 };

    /// <summary>TCP flags, which Click calls options.</summary>
    public static Dictionary<string, TcpFlags> Flags { get; } = new()
    {
        ["syn"] = TcpFlags.Syn,
        ["fin"] = TcpFlags.Fin,
        ["ack"] = TcpFlags.Acknowledgement,
        ["rst"] = TcpFlags.Reset,
        ["psh"] = TcpFlags.Push,
        ["urg"] = TcpFlags.Urgent,
    };

    /// <summary>ICMP types.</summary>
    public static Dictionary<string, byte> IcmpTypes { get; } = new()
    {
        ["echo-reply"] = 0,
        ["unreachable"] = 3,
        ["sourcequench"] = 4,
        ["redirect"] = 5,
        ["echo"] = 8,
        ["routeradvert"] = 9,
        ["routersolicit"] = 10,
        ["timeexceeded"] = 11,
        ["parameterproblem"] = 12,
        ["timestamp"] = 13,
        ["timestamp-reply"] = 14,
        ["inforeq"] = 15,
        ["inforeq-reply"] = 16,
        ["maskreq"] = 17,
        ["maskreq-reply"] = 18,
    };

    /// <summary>TCP and UDP ports.</summary>
    public static Dictionary<string, ushort> Ports { get; } = new()
    {
        ["echo"] = 7,
        ["discard"] = 9,
        ["daytime"] = 13,
        ["chargen"] = 19,
        ["ftp-data"] = 20,
        ["ftp"] = 21,
        ["ssh"] = 22,
        ["telnet"] = 23,
        ["smtp"] = 25,
        ["domain"] = 53,
        ["dns"] = 53,
        ["bootps"] = 67,
        ["bootpc"] = 68,
        ["tftp"] = 69,
        ["finger"] = 79,
        ["www"] = 80,
        ["pop3"] = 110,
        ["sunrpc"] = 111,
        ["auth"] = 113,
        ["nntp"] = 119,
        ["ntp"] = 123,
        ["netbios-ns"] = 137,
        ["netbios-dgm"] = 138,
        ["netbios-ssn"] = 139,
        ["snmp"] = 161,
        ["snmp-trap"] = 162,
        ["irc"] = 194,
        ["imap3"] = 220,
        ["https"] = 443,
        ["rip"] = 520,
        ["route"] = 520,
        ["imaps"] = 993,
        ["pop3s"] = 995,
    };

    /// <summary>Splits a pattern; signs are words of their own.</summary>
    public static List<string> Split(string text)
    {
        List<string> words = [];
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var length = Array.Find(Signs, sign => text.AsSpan(i).StartsWith(sign, StringComparison.Ordinal))?.Length ?? 0;
            while (length == 0 || (i + length < text.Length && IsWord(text[i]) && IsWord(text[i + length])))
            {
                length++;
            }

            words.Add(text.Substring(i, length));
            i += length;
        }

        return words;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '/' or '@' or '_' or ':';
}
