using Metron.NetworkFunctions;

namespace Metron.Mapping.Syntax;

/// <summary>TCP and UDP ports as text and numbers.</summary>
internal static class Ports
{
    /// <summary>Reads "80" or "1024-65535"; null when right, else what is wrong.</summary>
    public static string? Read(string text, out PortRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        var firstText = dash < 0 ? text : text[..dash];
        var lastText = dash < 0 ? text : text[(dash + 1)..];
        if (!Text.TryNumber(firstText, ushort.MaxValue, out var first) || !Text.TryNumber(lastText, ushort.MaxValue, out var last))
        {
            return $"{Text.Quote(text)} is not a port 0-65535 or a range such as 1024-65535";
        }

        if (first > last)
        {
            return $"{Text.Quote(text)} ends before it begins; did you mean {last}-{first}?";
        }

        range = new PortRange((ushort)first, (ushort)last);
        return null;
    }
}
