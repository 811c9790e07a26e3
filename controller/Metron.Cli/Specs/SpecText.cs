using System.Globalization;
using System.Text;

namespace Metron.Cli.Specs;

/// <summary>Text from files and servers, fit for a terminal.</summary>
internal static class SpecText
{
    private const int Longest = 64;

    /// <summary>In single quotes, shortened, without control characters.</summary>
    public static string Quote(string text) => $"'{Shorten(text)}'";

    /// <summary>At most 64 characters, without control characters.</summary>
    public static string Shorten(string text) => Printable(text.Length > Longest ? text[..Longest] + "…" : text);

    /// <summary>With control characters written as \uXXXX, so that no text can steer the terminal.</summary>
    public static string Printable(string text)
    {
        if (!HasUnsafe(text))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            if (IsUnsafe(character))
            {
                printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                printable.Append(character);
            }
        }

        return printable.ToString();
    }

    // A loop: this is asked for every field of every route.
    private static bool HasUnsafe(string text)
    {
        foreach (var character in text)
        {
            if (IsUnsafe(character))
            {
                return true;
            }
        }

        return false;
    }

    // Control characters, and the marks that change the direction of text.
    private static bool IsUnsafe(char character) =>
        char.IsControl(character) || character is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
