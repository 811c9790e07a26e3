using Metron.NetworkFunctions.Napt;
using Metron.Packets;

namespace Metron.Reference.Functions;

/// <summary>NPTv6 by the text of RFC 6296, in 16-bit words.</summary>
internal static class PrefixReading
{
    /// <summary>Translates an address from one prefix to the other; null when it is none of the prefix, or cannot be translated.</summary>
    public static IpAddress? Translate(PrefixTranslation prefixes, IpAddress address, bool outwards)
    {
        var (from, to) = outwards ? (prefixes.Inside, prefixes.Outside) : (prefixes.Outside, prefixes.Inside);
        if (!from.Contains(address))
        {
            return null;
        }

        var words = Words(address.Value);
        var index = AdjustedWord(words, from.Length);
        if (index < 0 || words[index] == 0xffff)
        {
            return null;
        }

        // Section 3.1: what the prefix changes in the sum, the adjusted word takes back.
        var adjustment = (SumOf(from.First) + 0xffff - SumOf(to.First)) % 0xffff;
        var adjusted = (words[index] + adjustment) % 0xffff;
        var hostMask = from.Last ^ from.First;
        var value = to.First | (address.Value & hostMask);
        var shift = (7 - index) * 16;
        value = (value & ~((UInt128)0xffff << shift)) | ((UInt128)(uint)adjusted << shift);
        return new IpAddress(value, true);
    }

    /// <summary>Sections 3.4 and 3.5: the subnet word up to /48; beyond, the first word of the identifier that is not all ones.</summary>
    private static int AdjustedWord(ushort[] words, int length) =>
        length <= 48 ? 3 : Array.FindIndex(words, 4, word => word != 0xffff);

    private static int SumOf(UInt128 prefix) => Words(prefix).Sum(word => word) % 0xffff;

    private static ushort[] Words(UInt128 value) =>
        [.. Enumerable.Range(0, 8).Select(index => (ushort)(value >> ((7 - index) * 16)))];
}
