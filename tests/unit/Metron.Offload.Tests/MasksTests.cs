using CsCheck;
using Metron.Synthesis;

namespace Metron.Offload.Tests;

public class MasksTests
{
    [Fact]
    public void A_range_becomes_disjoint_blocks_that_hold_just_its_numbers() =>
        Gen.Select(Gen.Int[0, 255], Gen.Int[0, 255]).Sample((left, right) =>
        {
            var range = new Interval((UInt128)Math.Min(left, right), (UInt128)Math.Max(left, right));
            var blocks = Masks.Of(range, 8);
            Assert.InRange(blocks.Count, 1, 14);
            for (var value = 0; value < 256; value++)
            {
                var number = (UInt128)value;
                Assert.Equal(range.Contains(number) ? 1 : 0, blocks.Count(block => (number & block.Mask) == block.Value));
            }
        });

    [Fact]
    public void A_whole_address_space_is_one_block_without_mask()
    {
        Assert.Equal([MaskedValue.Any], Masks.Of(Interval.OfWidth(128), 128));
        Assert.Equal([MaskedValue.Any], Masks.Of(Interval.OfWidth(16), 16));
    }

    [Fact]
    public void The_last_number_alone_is_one_block() =>
        Assert.Equal([new MaskedValue(UInt128.MaxValue, UInt128.MaxValue)], Masks.Of(Interval.Of(UInt128.MaxValue), 128));

    [Fact]
    public void A_set_of_bit_values_becomes_disjoint_masks_that_hold_just_them() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[0, 2], Gen.ULong).Sample((bits, shift, chosen) =>
        {
            var mask = (ushort)(((1 << bits) - 1) << shift);
            var values = Enumerable.Range(0, 1 << bits).Where(value => (chosen >> value & 1) != 0).Select(value => (ushort)(value << shift)).ToHashSet();
            var masks = Masks.OfBits(values, mask);
            for (var port = 0; port < 1 << (bits + shift + 1); port++)
            {
                var number = (UInt128)port;
                Assert.Equal(values.Contains((ushort)(port & mask)) ? 1 : 0, masks.Count(block => (number & block.Mask) == block.Value));
            }
        });

    [Fact]
    public void Bit_values_that_share_their_lowest_bits_become_one_mask() =>
        Assert.Equal([new MaskedValue(2, 6)], Masks.OfBits([2, 10], 0x0e));
}
