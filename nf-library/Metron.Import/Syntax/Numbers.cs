using System.Globalization;

namespace Metron.Import.Syntax;

/// <summary>Numbers as text.</summary>
internal static class Numbers
{
    /// <summary>Reads a decimal number from 0 to a maximum; no sign, no blanks.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, uint maximum, out uint value) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= maximum;

    /// <summary>Reads a decimal number, or a hexadecimal one behind "0x".</summary>
    public static bool TryReadAny(ReadOnlySpan<char> text, uint maximum, out uint value) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value <= maximum
            : TryRead(text, maximum, out value);
}
