using System.Numerics;
using Metron.NetworkFunctions.Router;
using Metron.Packets.Memory;

namespace Metron.Bench.Lookup;

/// <summary>
/// Longest prefix match by Poptrie (Asai and Ohara, SIGCOMM 2015): a table over the leading bits that differ, then nodes of 64 ways each, which
/// list only their children and their runs of equal leaves, and count bits to find them.
/// </summary>
/// <typeparam name="T">An unsigned number that holds an address: 32 or 128 bits.</typeparam>
internal sealed class Poptrie<T>
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
{
    private const int TableBits = 18;
    private const int Stride = 6;
    private const int Ways = 1 << Stride;
    private static readonly int Width = int.CreateTruncating(T.PopCount(T.MaxValue));

    private readonly T _first;     // addresses before it, and from _end on, have no table entry
    private readonly T _last;
    private readonly int _below;
    private readonly int _above;
    private readonly T _base;
    private readonly int _shift;
    private readonly NativeArray<int> _table; // a value, or -2 - the number of a node
    private readonly NativeArray<Node> _nodes;
    private readonly NativeArray<int> _leaves;

    /// <summary>Builds the trie.</summary>
    public Poptrie(PrefixRanges<T> ranges)
    {
        var starts = ranges.Starts;
        (_below, _above) = (ranges.Values[0], ranges.Values[^1]);
        (_first, _last) = starts.Length == 1 ? (T.MaxValue, T.MaxValue) : (starts[1], starts[^1]);
        var differing = starts.Length == 1 ? 1 : Math.Max(1, Width - int.CreateTruncating(T.LeadingZeroCount(_first ^ _last)));
        var bits = Math.Min(differing, TableBits);
        _shift = differing - bits;
        _base = differing == Width ? T.Zero : _first >> differing << differing;
        var builder = new Builder(ranges);
        _table = new NativeArray<int>(1 << bits);
        for (var slot = 0; slot < 1 << bits; slot++)
        {
            var first = _base | (T.CreateTruncating(slot) << _shift);
            _table[slot] = builder.Add(first, _shift);
        }

        builder.Finish();
        _nodes = Copy(builder.Nodes);
        _leaves = Copy(builder.Leaves);
    }

    /// <summary>Asks the CPU for what is looked at first.</summary>
    public void Prefetch(T address) => _table.Prefetch(int.CreateTruncating((address ^ _base) >> _shift));

    /// <summary>Value of the longest prefix that holds the address; -1 when there is none.</summary>
    public int Find(T address)
    {
        if (address < _first)
        {
            return _below;
        }

        if (address >= _last)
        {
            return _above;
        }

        var entry = _table[int.CreateTruncating((address ^ _base) >> _shift)];
        var shift = _shift;
        while (entry < PrefixRanges<T>.None)
        {
            ref var node = ref _nodes[-2 - entry];
            shift -= Stride;
            var way = shift >= 0 ? int.CreateTruncating(address >> shift) & (Ways - 1) : int.CreateTruncating(address << -shift) & (Ways - 1);
            var bit = 1UL << way;
            var upTo = bit | (bit - 1);
            entry = (node.Children & bit) != 0
                ? -2 - (node.FirstChild + BitOperations.PopCount(node.Children & (bit - 1)))
                : _leaves[node.FirstLeaf + BitOperations.PopCount(node.LeafRuns & upTo) - 1];
        }

        return entry;
    }

    private static NativeArray<TItem> Copy<TItem>(List<TItem> items)
        where TItem : unmanaged
    {
        var array = new NativeArray<TItem>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            array[i] = items[i];
        }

        return array;
    }

    private struct Node
    {
        public ulong Children; // a bit for each way that goes on
        public ulong LeafRuns; // a bit for each way where a run of equal leaves begins
        public int FirstChild;
        public int FirstLeaf;
    }

    /// <summary>Makes nodes from ranges, breadth first, so that the children of a node lie together.</summary>
    private sealed class Builder(PrefixRanges<T> ranges)
    {
        private readonly Queue<(T First, int Shift, int Range)> _open = new();
        private int _range;
        private int _numbered;

        public List<Node> Nodes { get; } = [];

        public List<int> Leaves { get; } = [];

        /// <summary>Entry for the addresses from one on, 2^shift of them; called in the order of addresses.</summary>
        public int Add(T first, int shift) => Entry(first, shift, ref _range);

        public void Finish()
        {
            while (_open.TryDequeue(out var open))
            {
                Nodes.Add(Make(open.First, open.Shift, open.Range));
            }
        }

        private int Entry(T first, int shift, ref int range)
        {
            while (range + 1 < ranges.Count && ranges.Starts[range + 1] <= first)
            {
                range++;
            }

            var last = shift <= 0 ? first : first | (T.MaxValue >> (Width - shift));
            if (range + 1 == ranges.Count || ranges.Starts[range + 1] > last)
            {
                return ranges.Values[range];
            }

            _open.Enqueue((first, shift, range));
            return -2 - _numbered++;
        }

        private Node Make(T first, int shift, int range)
        {
            var node = new Node { FirstChild = _numbered, FirstLeaf = Leaves.Count };
            shift -= Stride;
            var leaf = int.MinValue;
            for (var way = 0; way < Ways; way++)
            {
                // The lowest stride may stick out of the address; its ways beyond are never asked for.
                var offset = shift >= 0 ? T.CreateTruncating(way) << shift : T.CreateTruncating(way >> -shift);
                var entry = Entry(first | offset, shift, ref range);
                if (entry < PrefixRanges<T>.None)
                {
                    node.Children |= 1UL << way;
                }
                else if (entry != leaf)
                {
                    leaf = entry;
                    node.LeafRuns |= 1UL << way;
                    Leaves.Add(entry);
                }
            }

            return node;
        }
    }
}
