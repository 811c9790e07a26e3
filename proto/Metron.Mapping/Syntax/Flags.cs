using Metron.Packets;

namespace Metron.Mapping.Syntax;

/// <summary>TCP flags as text: "syn,!ack".</summary>
internal static class Flags
{
    private static readonly Dictionary<string, TcpFlags> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fin"] = TcpFlags.Fin,
        ["syn"] = TcpFlags.Syn,
        ["rst"] = TcpFlags.Reset,
        ["psh"] = TcpFlags.Push,
        ["ack"] = TcpFlags.Acknowledgement,
        ["urg"] = TcpFlags.Urgent,
        ["ece"] = TcpFlags.EcnEcho,
        ["cwr"] = TcpFlags.CongestionWindowReduced,
    };

    /// <summary>Reads flags that must be set and flags that must be clear; null when right, else what is wrong.</summary>
    public static string? Read(string text, out TcpFlags set, out TcpFlags clear)
    {
        (set, clear) = (TcpFlags.None, TcpFlags.None);
        foreach (var part in text.Split(','))
        {
            var name = Text.StripNegation(part.Trim(' '), out var negated);
            if (!ByName.TryGetValue(name, out var flag))
            {
                return $"{Text.Quote(name)} is not a TCP flag{Suggestion.Phrase(name, ByName.Keys)}";
            }

            if (((set | clear) & flag) != 0)
            {
                return $"names the flag '{name}' twice; name each flag once, with or without \"!\"";
            }

            (set, clear) = negated ? (set, clear | flag) : (set | flag, clear);
        }

        return null;
    }
}
