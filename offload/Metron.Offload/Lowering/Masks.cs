using System.Numerics;
using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>Numbers whose bits under a mask equal those of a value, as switches match them.</summary>
/// <param name="Value">Value; 0 outside the mask.</param>
/// <param name="Mask">Bits that are compared; none: any number.</param>
public readonly record struct MaskedValue(UInt128 Value, UInt128 Mask)
{
    /// <summary>Any number.</summary>
    public static MaskedValue Any => default;

    /// <summary>Whether it matches anything.</summary>
    public bool IsAny => Mask == 0;
}

/// <summary>Turns ranges into masks.</summary>
public static class Masks
{
    /// <summary>The fewest aligned blocks that make up a range: at most 2 w - 2 for fields of w bits.</summary>
    /// <param name="range">The range.</param>
    /// <param name="width">Bits of the field.</param>
    public static IReadOnlyList<MaskedValue> Of(Interval range, int width)
    {
        var all = Interval.OfWidth(width).Last;
        List<MaskedValue> blocks = [];
        var first = range.First;
        while (true)
        {
            // The largest block that begins here and does not end behind the range.
            var rest = range.Last - first;
            var bits = Math.Min(
                first == 0 ? width : Math.Min(width, (int)UInt128.TrailingZeroCount(first)),
                rest == UInt128.MaxValue ? 128 : (int)UInt128.Log2(rest + 1));

            blocks.Add(new MaskedValue(first, all & ~Size(bits)));
            if (first + Size(bits) >= range.Last)
            {
                return blocks;
            }

            first += Size(bits) + 1;
        }
    }

    /// <summary>The fewest masks that make up a set of values of neighbouring bits.</summary>
    /// <param name="values">Different values; 0 outside the mask.</param>
    /// <param name="mask">The bits, without gaps between them; 0 for none.</param>
    public static IReadOnlyList<MaskedValue> OfBits(IEnumerable<ushort> values, ushort mask)
    {
        var shift = BitOperations.TrailingZeroCount(mask);
        var bits = BitOperations.PopCount(mask);
        if (bits == 0)
        {
            return [MaskedValue.Any];
        }

        // Values with the same lowest bits are neighbours when the bits are read backwards.
        var backwards = values.Select(value => Reverse(value >> shift, bits)).Order().ToList();
        List<MaskedValue> masks = [];
        for (var start = 0; start < backwards.Count;)
        {
            var end = start;
            while (end + 1 < backwards.Count && backwards[end + 1] == backwards[end] + 1)
            {
                end++;
            }

            masks.AddRange(Of(new Interval((UInt128)backwards[start], (UInt128)backwards[end]), bits).Select(block => new MaskedValue(
                (UInt128)(Reverse((int)block.Value, bits) << shift), (UInt128)(Reverse((int)block.Mask, bits) << shift))));
            start = end + 1;
        }

        return masks;
    }

    private static int Reverse(int value, int bits)
    {
        var reversed = 0;
        for (var i = 0; i < bits; i++)
        {
            reversed |= (value >> i & 1) << (bits - 1 - i);
        }

        return reversed;
    }

    /// <summary>Last number of a block of so many bits that begins at 0.</summary>
    private static UInt128 Size(int bits) => bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
}
