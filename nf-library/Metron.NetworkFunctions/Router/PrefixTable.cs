using System.Numerics;

namespace Metron.NetworkFunctions.Router;

/// <summary>
/// Longest prefix match: the prefixes cut the addresses into disjoint ranges, each with the value of its longest prefix. A lookup takes one
/// step in a first-level table over the leading bits that differ, and a binary search in the few ranges behind. Memory depends on the
/// number of prefixes only (at most two ranges each), never on their lengths, which is why this is not a trie. Immutable, shared by all
/// workers.
/// </summary>
/// <typeparam name="T">An unsigned number that holds an address: 32 or 128 bits.</typeparam>
internal sealed class PrefixTable<T>
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
{
    private const int MaximumLevelBits = 20;
    private readonly T[] _starts;
    private readonly int[] _values;
    private readonly int[] _level; // per slot: last range that begins at or before the slot's first address
    private readonly T _base;
    private readonly int _shift;

    /// <summary>Builds the table.</summary>
    /// <param name="prefixes">First and last address of each prefix, and its value, not negative. No prefix twice.</param>
    public PrefixTable((T First, T Last, int Value)[] prefixes)
    {
        (_starts, _values) = Ranges(prefixes);
        if (_starts.Length == 1)
        {
            (_base, _level) = (T.MaxValue, []);
            return;
        }

        // Addresses from the second range's start to the last range's start share the bits above _shift + level bits.
        var first = _starts[1];
        var differing = int.CreateTruncating(T.PopCount(T.MaxValue) - T.LeadingZeroCount(first ^ _starts[^1]));
        var bits = Math.Min(differing, Math.Clamp(BitOperations.Log2((uint)_starts.Length) + 1, 1, MaximumLevelBits));
        _shift = differing - bits;
        _base = differing == int.CreateTruncating(T.PopCount(T.MaxValue)) ? T.Zero : first >> differing << differing;
        _level = new int[(1 << bits) + 1];
        var range = 0;
        for (var slot = 0; slot < 1 << bits; slot++)
        {
            var address = _base | (T.CreateTruncating(slot) << _shift);
            while (range + 1 < _starts.Length && _starts[range + 1] <= address)
            {
                range++;
            }

            _level[slot] = range;
        }

        _level[^1] = _starts.Length - 1;
    }

    /// <summary>Number of ranges.</summary>
    public int RangeCount => _starts.Length;

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

        var slot = int.CreateTruncating((address ^ _base) >> _shift);
        var low = _level[slot];
        var high = _level[slot + 1];
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (_starts[middle] <= address)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return _values[low];
    }

    /// <summary>
    /// Sweeps over the prefixes in order of their first address, outer ones before inner ones, with the open ones on a stack.
    /// </summary>
    private static (T[] Starts, int[] Values) Ranges((T First, T Last, int Value)[] prefixes)
    {
        var sorted = prefixes.ToArray();
        Array.Sort(sorted, static (left, right) =>
            left.First != right.First ? left.First.CompareTo(right.First) : right.Last.CompareTo(left.Last));
        var starts = new List<T>((sorted.Length * 2) + 1) { T.Zero };
        var values = new List<int>((sorted.Length * 2) + 1) { -1 };
        var open = new Stack<(T Last, int Value)>();
        foreach (var (first, last, value) in sorted)
        {
            while (open.TryPeek(out var top) && top.Last < first)
            {
                Close(open, starts, values);
            }

            Begin(first, value, starts, values);
            open.Push((last, value));
        }

        while (open.Count > 0)
        {
            Close(open, starts, values);
        }

        return ([.. starts], [.. values]);
    }

    private static void Close(Stack<(T Last, int Value)> open, List<T> starts, List<int> values)
    {
        var (last, _) = open.Pop();
        if (last != T.MaxValue)
        {
            Begin(last + T.One, open.TryPeek(out var outer) ? outer.Value : -1, starts, values);
        }
    }

    private static void Begin(T start, int value, List<T> starts, List<int> values)
    {
        if (starts[^1] == start)
        {
            values[^1] = value;
        }
        else if (values[^1] != value)
        {
            starts.Add(start);
            values.Add(value);
        }
    }
}
