using System.Globalization;
using System.Text;

namespace Metron.Import.Syntax;

/// <summary>Text from files in messages.</summary>
internal static class Quote
{
    private const int Longest = 64;

    /// <summary>In single quotes, shortened, control characters escaped.</summary>
    public static string Of(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            if (char.IsControl(character) || char.IsSurrogate(character) || character is >= '\u2028' and <= '\u202e')
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                quoted.Append(character);
            }
        }

        return quoted.Append(text.Length > Longest ? "…'" : "'").ToString();
    }
}
