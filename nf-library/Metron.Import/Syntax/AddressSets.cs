using Metron.Import.Filters;
using Metron.Packets;

namespace Metron.Import.Syntax;

/// <summary>Addresses with masks as sets.</summary>
internal static class AddressSets
{
    /// <summary>Most ranges that a mask with gaps may stand for.</summary>
    public const int MostRanges = 4096;

    /// <summary>Reads an address; stricter than the class library, which takes blanks, brackets and hexadecimal numbers too.</summary>
    public static bool TryAddress(string text, out IpAddress address)
    {
        address = default;
        return text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':') && IpAddress.TryParse(text, out address);
    }

    /// <summary>Reads "address", "address/length" or "address/mask"; bits of the address behind the mask do not count.</summary>
    /// <returns>Null when right, else what is wrong.</returns>
    public static string? TryRead(string text, out NumberSet? set, out bool isV6)
    {
        (set, isV6) = (null, false);
        var slash = text.IndexOf('/');
        if (!TryAddress(slash < 0 ? text : text[..slash], out var address))
        {
            return $"{Quote.Of(text)} is not an IP address or prefix";
        }

        isV6 = address.IsV6;
        var mask = Maximum(isV6);
        if (slash >= 0 && !TryMask(text[(slash + 1)..], isV6, out mask))
        {
            return $"{Quote.Of(text)} has neither a prefix length from 0 to {address.Width} nor a mask behind the slash";
        }

        return TryMasked(address.Value, mask, isV6, out set);
    }

    /// <summary>The addresses whose bits under the mask are the value's; null in the set for all addresses.</summary>
    /// <returns>Null when it can be said, else why not.</returns>
    public static string? TryMasked(UInt128 value, UInt128 mask, bool isV6, out NumberSet? set)
    {
        set = null;
        var maximum = Maximum(isV6);
        if ((mask & maximum) == 0)
        {
            return null;
        }

        // Free bits below the lowest bit of the mask are a range; those above it multiply ranges.
        var low = (UInt128.One << (int)UInt128.TrailingZeroCount(mask)) - 1;
        var gaps = ~mask & maximum & ~low;
        if (UInt128.PopCount(gaps) > 12)
        {
            return $"has a mask with {UInt128.PopCount(gaps)} gaps, which would take 2^{UInt128.PopCount(gaps)} prefixes; at most {MostRanges:N0} are expanded";
        }

        List<(UInt128, UInt128)> ranges = [];
        UInt128 subset = 0;
        do
        {
            var first = (value & mask) | subset;
            ranges.Add((first, first | low));
            subset = (subset - gaps) & gaps;
        }
        while (subset != 0);
        set = NumberSet.Union(ranges);
        return null;
    }

    private static bool TryMask(string text, bool isV6, out UInt128 mask)
    {
        mask = 0;
        var width = isV6 ? 128 : 32;
        if (Numbers.TryRead(text, (uint)width, out var length))
        {
            mask = length == 0 ? 0 : Maximum(isV6) & ~(length == width ? 0 : (UInt128.One << (width - (int)length)) - 1);
            return true;
        }

        var isMask = TryAddress(text, out var given) && given.IsV6 == isV6;
        mask = given.Value;
        return isMask;
    }

    private static UInt128 Maximum(bool isV6) => isV6 ? UInt128.MaxValue : uint.MaxValue;
}
