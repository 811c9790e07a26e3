using System.Numerics;

namespace Metron.NetworkFunctions.Router;

/// <summary>
/// The disjoint ranges that prefixes cut the addresses into, in order: each begins where the value of the longest prefix changes. All that
/// a look-up structure needs to know of the prefixes.
/// </summary>
/// <typeparam name="T">An unsigned number that holds an address: 32 or 128 bits.</typeparam>
internal sealed class PrefixRanges<T>
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
{
    /// <summary>Value of addresses in no prefix.</summary>
    public const int None = -1;

    private readonly List<T> _starts;
    private readonly List<int> _values;

    /// <summary>
    /// Sweeps over the prefixes in order of their first address, outer ones before inner ones, with the open ones on a stack.
    /// </summary>
    /// <param name="prefixes">First and last address of each prefix, and its value, not negative. No prefix twice.</param>
    public PrefixRanges((T First, T Last, int Value)[] prefixes)
    {
        var sorted = prefixes.ToArray();
        Array.Sort(sorted, static (left, right) =>
            left.First != right.First ? left.First.CompareTo(right.First) : right.Last.CompareTo(left.Last));
        _starts = new List<T>((sorted.Length * 2) + 1) { T.Zero };
        _values = new List<int>((sorted.Length * 2) + 1) { None };
        var open = new Stack<(T Last, int Value)>();
        foreach (var (first, last, value) in sorted)
        {
            while (open.TryPeek(out var top) && top.Last < first)
            {
                Close(open);
            }

            Begin(first, value);
            open.Push((last, value));
        }

        while (open.Count > 0)
        {
            Close(open);
        }

        (Starts, Values) = ([.. _starts], [.. _values]);
    }

    /// <summary>Takes ranges as they are.</summary>
    public PrefixRanges(T[] starts, int[] values) => (Starts, Values, _starts, _values) = (starts, values, [], []);

    /// <summary>First address of each range; the first is 0.</summary>
    public T[] Starts { get; }

    /// <summary>Value of each range; <see cref="None"/> where no prefix is.</summary>
    public int[] Values { get; }

    /// <summary>Number of ranges.</summary>
    public int Count => Starts.Length;

    private void Close(Stack<(T Last, int Value)> open)
    {
        var (last, _) = open.Pop();
        if (last != T.MaxValue)
        {
            Begin(last + T.One, open.TryPeek(out var outer) ? outer.Value : None);
        }
    }

    private void Begin(T start, int value)
    {
        if (_starts[^1] == start)
        {
            _values[^1] = value;
        }
        else if (_values[^1] != value)
        {
            _starts.Add(start);
            _values.Add(value);
        }
    }
}
