using System.Globalization;
using System.Text;

namespace Metron.Mapping.Syntax;

/// <summary>Strings as operators may write them.</summary>
internal static class Text
{
    private const int LongestQuote = 64;

    /// <summary>The text in single quotes, shortened, with control characters escaped, fit for a message.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (var character in text.Length > LongestQuote ? text[..LongestQuote] : text)
        {
            if (char.IsControl(character) || char.IsSurrogate(character) || character is '\u2028' or '\u2029')
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                quoted.Append(character);
            }
        }

        return quoted.Append(text.Length > LongestQuote ? "…'" : "'").ToString();
    }

    /// <summary>Whether there is a control character or a line separator in it.</summary>
    public static bool HasControl(string text) => text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029');

    /// <summary>Takes a leading "!" off.</summary>
    public static string StripNegation(string text, out bool negated)
    {
        negated = text.StartsWith('!');
        return negated ? text[1..] : text;
    }

    /// <summary>Reads a decimal number without sign, blanks or needless zeros.</summary>
    public static bool TryNumber(string text, uint most, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number <= most
        && (text.Length == 1 || text[0] != '0');
}
