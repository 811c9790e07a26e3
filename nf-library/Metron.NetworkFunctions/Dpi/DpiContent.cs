using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>Contents as Snort and Suricata write them: text, with bytes in hexadecimal between bars: <c>GET |0d 0a|</c>.</summary>
public static class DpiContent
{
    /// <summary>Reads a content. A backslash takes the next character as it is; text is UTF-8.</summary>
    /// <param name="text">The content.</param>
    /// <param name="bytes">Its bytes, at least one.</param>
    /// <param name="problem">What is wrong with it, with the offset in characters.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out string? problem)
    {
        var result = new List<byte>();
        bytes = null;
        problem = null;
        for (var at = 0; at < text.Length && problem is null;)
        {
            at = text[at] switch
            {
                '|' => ReadHexadecimal(text, at, result, out problem),
                '\\' => ReadEscape(text, at, result, out problem),
                _ => ReadText(text, at, result),
            };
        }

        problem ??= result.Count == 0 ? "is empty" : null;
        bytes = problem is null ? [.. result] : null;
        return problem is null;
    }

    /// <summary>Writes bytes as a content: printable ASCII as it is, the rest in hexadecimal.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        var inBars = false;
        foreach (var value in bytes)
        {
            var isPlain = value is > 0x1f and < 0x7f and not ((byte)'|' or (byte)'\\' or (byte)'"' or (byte)';');
            if (isPlain == inBars)
            {
                text.Append('|');
                inBars = !inBars;
            }
            else if (inBars)
            {
                text.Append(' ');
            }

            text.Append(isPlain ? ((char)value).ToString() : value.ToString("x2", CultureInfo.InvariantCulture));
        }

        return text.Append(inBars ? "|" : "").ToString();
    }

    private static int ReadHexadecimal(string text, int at, List<byte> bytes, out string? problem)
    {
        var end = text.IndexOf('|', at + 1);
        problem = end < 0 ? $"has an opening | without a closing one at offset {at}" : null;
        if (end < 0)
        {
            return at;
        }

        var digits = text[(at + 1)..end].Replace(" ", "", StringComparison.Ordinal);
        if (digits.Length == 0 || digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
        {
            problem = $"must have pairs of hexadecimal digits between the bars at offset {at}";
            return at;
        }

        bytes.AddRange(Convert.FromHexString(digits));
        return end + 1;
    }

    private static int ReadEscape(string text, int at, List<byte> bytes, out string? problem)
    {
        problem = at + 1 == text.Length ? $"ends with a backslash at offset {at}; write \\\\ for one" : null;
        return problem is null ? ReadText(text, at + 1, bytes) : at;
    }

    private static int ReadText(string text, int at, List<byte> bytes)
    {
        var rune = Rune.TryGetRuneAt(text, at, out var found) ? found : Rune.ReplacementChar;
        bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
        return at + (rune == Rune.ReplacementChar ? 1 : rune.Utf16SequenceLength);
    }
}
