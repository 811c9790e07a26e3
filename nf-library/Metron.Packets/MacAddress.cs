using System.Globalization;

namespace Metron.Packets;

/// <summary>A 48-bit Ethernet address.</summary>
/// <param name="Value">The address in the low 48 bits; the first octet on the wire is bits 47-40.</param>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>Reads six hexadecimal octets separated by colons.</summary>
    public static bool TryParse(string? text, out MacAddress mac)
    {
        mac = default;
        var octets = text?.Split(':') ?? [];
        if (octets.Length != 6)
        {
            return false;
        }

        ulong value = 0;
        foreach (var octet in octets)
        {
            if (octet.Length != 2 || !byte.TryParse(octet, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            value = (value << 8) | number;
        }

        mac = new MacAddress(value);
        return true;
    }

    /// <summary>Reads an address that is known to be right.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static MacAddress Parse(string text) =>
        TryParse(text, out var mac) ? mac : throw new FormatException($"'{text}' is not a MAC address such as 02:00:00:00:00:01");

    /// <summary>Whether the group bit is set: multicast or broadcast.</summary>
    public bool IsGroup => (Value >> 40 & 1) == 1;

    /// <summary>Six lower-case octets separated by colons.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Value >> 40 & 0xff:x2}:{Value >> 32 & 0xff:x2}:{Value >> 24 & 0xff:x2}:{Value >> 16 & 0xff:x2}:{Value >> 8 & 0xff:x2}:{Value & 0xff:x2}");
}
