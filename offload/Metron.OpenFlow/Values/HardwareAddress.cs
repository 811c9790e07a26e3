using System.Globalization;

namespace Metron.OpenFlow;

/// <summary>A 48-bit Ethernet address. <see cref="Value"/> holds the first octet on the wire in bits 47–40.</summary>
/// <param name="Value">The address as an integer, 0 to 2^48 − 1.</param>
public readonly record struct HardwareAddress(ulong Value)
{
    /// <summary>Number of octets.</summary>
    public const int Length = 6;

    /// <summary>Reads six octets separated by colons or hyphens.</summary>
    /// <exception cref="FormatException">The text is not an Ethernet address.</exception>
    public static HardwareAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var octets = text.Split(':', '-');
        if (octets.Length != Length)
        {
            throw new FormatException($"'{text}' is not an Ethernet address of six octets");
        }

        var value = 0UL;
        foreach (var octet in octets)
        {
            if (octet.Length is 0 or > 2 || !byte.TryParse(octet, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var parsed))
            {
                throw new FormatException($"'{octet}' in '{text}' is not a hexadecimal octet");
            }

            value = (value << 8) | parsed;
        }

        return new HardwareAddress(value);
    }

    /// <summary>Lower case octets separated by colons.</summary>
    public override string ToString() =>
        $"{(byte)(Value >> 40):x2}:{(byte)(Value >> 32):x2}:{(byte)(Value >> 24):x2}:{(byte)(Value >> 16):x2}:{(byte)(Value >> 8):x2}:{(byte)Value:x2}";
}
