using Metron.Packets;

namespace Metron.NetworkFunctions.StaticNat;

/// <summary>One direction of the pairs: finds the prefix that an address lies in, and exchanges it. Immutable, shared by all workers.</summary>
internal sealed class AddressPairTable
{
    private readonly Range[] _v4;
    private readonly Range[] _v6;

    /// <param name="pairs">From and to; the froms do not overlap.</param>
    public AddressPairTable(IEnumerable<(IpPrefix From, IpPrefix To)> pairs)
    {
        var ranges = pairs.ToLookup(
            pair => pair.From.Address.IsV6, pair => new Range(pair.From.First, pair.From.Last, pair.To.First));
        _v4 = [.. ranges[false].OrderBy(range => range.First)];
        _v6 = [.. ranges[true].OrderBy(range => range.First)];
    }

    /// <summary>Whether a prefix holds the address.</summary>
    public bool Contains(IpAddress address) => Find(address) >= 0;

    /// <summary>Exchanges the prefix of an address; false when no prefix holds it. Takes the logarithm of the pairs' number.</summary>
    public bool TryTranslate(ref IpAddress address)
    {
        var at = Find(address);
        if (at < 0)
        {
            return false;
        }

        ref var range = ref (address.IsV6 ? _v6 : _v4)[at];
        address = new IpAddress(address.Value - range.First + range.To, address.IsV6);
        return true;
    }

    private int Find(IpAddress address)
    {
        var ranges = address.IsV6 ? _v6 : _v4;
        var (low, high) = (0, ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (address.Value < ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (address.Value > ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return -1;
    }

    private readonly record struct Range(UInt128 First, UInt128 Last, UInt128 To);
}
