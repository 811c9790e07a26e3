using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Napt;

/// <summary>The outside addresses of one IP version. Immutable.</summary>
internal sealed class OutsidePool
{
    private readonly AddressRange[] _ranges; // disjoint, ascending
    private readonly int[] _offsets; // number of addresses before each range

    public OutsidePool(IReadOnlyList<AddressRange> ranges)
    {
        _ranges = [.. ranges.OrderBy(range => range.First)];
        _offsets = new int[_ranges.Length];
        for (var index = 0; index < _ranges.Length; index++)
        {
            _offsets[index] = Count;
            Count += (int)(_ranges[index].Last.Value - _ranges[index].First.Value) + 1;
        }
    }

    /// <summary>Number of addresses.</summary>
    public int Count { get; }

    /// <summary>Whether the pool holds the address.</summary>
    public bool Contains(IpAddress address)
    {
        var low = 0;
        var high = _ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (address.CompareTo(_ranges[middle].First) < 0)
            {
                high = middle - 1;
            }
            else if (address.CompareTo(_ranges[middle].Last) > 0)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The outside address of an inside host: the same for all its flows (paired pooling, RFC 4787 section 4.1) and the same on every
    /// worker, since nothing but the two addresses decides. When the pool grows at its end, few hosts change.
    /// </summary>
    public IpAddress For(UInt128 inside)
    {
        var number = JumpHash(StateHash.Address(inside, 0, 0), Count);
        var range = Array.BinarySearch(_offsets, number);
        range = range < 0 ? ~range - 1 : range;
        return new IpAddress(_ranges[range].First.Value + (UInt128)(number - _offsets[range]), _ranges[range].First.IsV6);
    }

    /// <summary>Jump consistent hash (Lamping and Veach, 2014).</summary>
    private static int JumpHash(ulong key, int buckets)
    {
        long bucket = -1;
        long jump = 0;
        while (jump < buckets)
        {
            bucket = jump;
            key = (key * 2862933555777941757) + 1;
            jump = (long)((bucket + 1) * ((1L << 31) / (double)((key >> 33) + 1)));
        }

        return (int)bucket;
    }
}
