using System.Numerics;

namespace Metron.NetworkFunctions.Router;

/// <summary>
/// Longest prefix match: the prefixes cut the addresses into disjoint ranges, each with the value of its longest prefix. A look-up takes one
/// step in a table over the leading bits that differ, further ones where many ranges share those bits, and searches the few ranges that
/// are left. Memory depends on the number of prefixes, hardly on their lengths. Immutable, shared by all workers.
/// </summary>
/// <typeparam name="T">An unsigned number that holds an address: 32, 64 or 128 bits.</typeparam>
internal sealed class PrefixTable<T>
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
{
    private const int MaximumTableBits = 20;

    /// <summary>Most ranges of a slot beyond the first, or its bits get a table of their own.</summary>
    private const int MaximumSearched = 7;

    private static readonly int Width = int.CreateTruncating(T.PopCount(T.MaxValue));

    private readonly T[] _starts;
    private readonly int[] _values;
    private readonly List<Slot> _building = [];
    private readonly Slot[] _slots;
    private readonly T _mask; // of the bits that differ
    private readonly int _shift;

    /// <summary>Builds the table.</summary>
    /// <param name="ranges">The ranges that the prefixes make.</param>
    public PrefixTable(PrefixRanges<T> ranges)
    {
        (_starts, _values) = (ranges.Starts, ranges.Values);
        if (_starts.Length == 1)
        {
            _slots = [];
            return;
        }

        // Addresses from the second range's start to the last range's start share the bits above.
        var first = _starts[1];
        var differing = Width - int.CreateTruncating(T.LeadingZeroCount(first ^ _starts[^1]));
        _mask = differing == 0 ? T.Zero : T.MaxValue >> (Width - differing);
        _shift = differing - Bits(_starts.Length, differing);
        Fill(first & ~_mask, differing, _shift, 0, _starts.Length - 1);
        _slots = [.. _building];
        _building = [];
    }

    /// <summary>Value of the longest prefix that holds the address; -1 when there is none.</summary>
    public int Find(T address)
    {
        if (_starts.Length == 1 || address < _starts[1])
        {
            return _values[0];
        }

        if (address >= _starts[^1])
        {
            return _values[^1];
        }

        var bits = address & _mask;
        var slot = _slots[int.CreateTruncating(bits >> _shift)];
        while (slot.High < 0)
        {
            // Low: where the table begins; High: how many bits stay behind it, and how many it takes.
            var shift = slot.High & 0xff;
            bits = address & (T.MaxValue >> (Width - shift - (slot.High >> 8 & 0xff)));
            slot = _slots[slot.Low + int.CreateTruncating(bits >> shift)];
        }

        var range = slot.High;
        while (range > slot.Low && _starts[range] > address)
        {
            range--;
        }

        return _values[range];
    }

    private static int Bits(int ranges, int available) =>
        Math.Min(available, Math.Clamp(BitOperations.Log2((uint)ranges) + 1, 1, MaximumTableBits));

    /// <summary>Appends the table over the highest of some bits.</summary>
    /// <param name="first">First address of the table.</param>
    /// <param name="width">The bits in which its addresses differ.</param>
    /// <param name="shift">The bits of these that the table leaves.</param>
    /// <param name="range">The range that holds the first address, or one before it.</param>
    /// <param name="last">The last range that begins in the table, or one behind it.</param>
    private void Fill(T first, int width, int shift, int range, int last)
    {
        var begin = _building.Count;
        var count = 1 << (width - shift);
        _building.AddRange(Enumerable.Repeat(default(Slot), count));
        for (var number = 0; number < count; number++)
        {
            var address = first | (T.CreateTruncating(number) << shift);
            while (range < last && _starts[range + 1] <= address)
            {
                range++;
            }

            var end = range;
            var highest = shift == 0 ? address : address | (T.MaxValue >> (Width - shift));
            while (end < last && _starts[end + 1] <= highest)
            {
                end++;
            }

            if (end - range <= MaximumSearched)
            {
                _building[begin + number] = new Slot(range, end);
            }
            else
            {
                var bits = Bits(end - range, shift);
                _building[begin + number] = new Slot(_building.Count, int.MinValue | bits << 8 | (shift - bits));
                Fill(address, shift, shift - bits, range, end);
            }

            range = end;
        }
    }

    /// <summary>The ranges of some addresses, first and last; or a further table.</summary>
    private readonly record struct Slot(int Low, int High);
}
