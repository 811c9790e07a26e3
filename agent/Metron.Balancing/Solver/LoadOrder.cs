namespace Metron.Balancing;

/// <summary>
/// Orders flow groups by load: a radix sort by exponent and 16 bits of mantissa, so loads that differ by less than 1 in 65,536 stay in the order of their numbers. For
/// 512 flow groups it takes a third of what a comparing sort does, and it is stable, so plans can be repeated.
/// </summary>
internal sealed class LoadOrder(int maximumGroups)
{
    private const int Values = 256;

    private readonly uint[] _keys = new uint[maximumGroups];
    private readonly int[] _counts = new int[3 * Values];
    private int[] _order = new int[maximumGroups];
    private int[] _other = new int[maximumGroups];

    /// <summary>Numbers of the flow groups, the smallest load first.</summary>
    /// <param name="loads">Loads: 0 or more.</param>
    public ReadOnlySpan<int> Ascending(ReadOnlySpan<double> loads)
    {
        Array.Clear(_counts);
        var low = _counts.AsSpan(0, Values);
        var middle = _counts.AsSpan(Values, Values);
        var high = _counts.AsSpan(2 * Values, Values);
        for (var group = 0; group < loads.Length; group++)
        {
            // The bits of a float that is not negative are in the order of its values (IEEE 754); the sign is left out.
            var key = BitConverter.SingleToUInt32Bits((float)loads[group]) >> 7;
            _keys[group] = key;
            _order[group] = group;
            low[(int)(key & 0xff)]++;
            middle[(int)((key >> 8) & 0xff)]++;
            high[(int)((key >> 16) & 0xff)]++;
        }

        Pass(low, 0, loads.Length);
        Pass(middle, 8, loads.Length);
        Pass(high, 16, loads.Length);
        return _order.AsSpan(0, loads.Length);
    }

    private void Pass(Span<int> counts, int shift, int groups)
    {
        var at = 0;
        for (var value = 0; value < Values; value++)
        {
            (counts[value], at) = (at, at + counts[value]);
        }

        foreach (var group in _order.AsSpan(0, groups))
        {
            _other[counts[(int)((_keys[group] >> shift) & 0xff)]++] = group;
        }

        (_order, _other) = (_other, _order);
    }
}
