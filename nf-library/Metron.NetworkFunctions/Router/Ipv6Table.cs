using System.Numerics;

namespace Metron.NetworkFunctions.Router;

/// <summary>
/// Longest prefix match of IPv6 by the upper 64 bits of addresses, which are all that nearly every route looks at: numbers of 64 bits compare
/// and shift several times as fast as those of 128. Networks of 64 bits that routes divide have a second table. Immutable, shared by all
/// workers.
/// </summary>
internal sealed class Ipv6Table
{
    private const int Divided = int.MaxValue;
    private const int InterfaceBits = 64;

    private readonly PrefixTable<ulong> _networks;
    private readonly PrefixTable<UInt128>? _divided;

    /// <summary>Builds the table.</summary>
    /// <param name="ranges">The ranges that the prefixes make.</param>
    public Ipv6Table(PrefixRanges<UInt128> ranges)
    {
        var networks = new RangeList<ulong>();
        var divided = new RangeList<UInt128>();
        var before = PrefixRanges<UInt128>.None; // value of the addresses before the range
        ulong? last = null; // divided network
        for (var range = 0; range < ranges.Count; range++)
        {
            var (start, value) = (ranges.Starts[range], ranges.Values[range]);
            var network = (ulong)(start >> InterfaceBits);
            if ((ulong)start == 0)
            {
                networks.Add(network, value);
            }
            else
            {
                if (last != network)
                {
                    networks.Add(network, Divided);
                    divided.Add((UInt128)network << InterfaceBits, before);
                    last = network;
                }

                divided.Add(start, value);
                if (network != ulong.MaxValue)
                {
                    // What holds behind the network, until another range is seen to begin in it.
                    networks.Add(network + 1, value);
                }
            }

            before = value;
        }

        _networks = new PrefixTable<ulong>(networks.ToRanges());
        _divided = divided.IsEmpty ? null : new PrefixTable<UInt128>(divided.ToRanges());
    }

    /// <summary>Value of the longest prefix that holds the address; -1 when there is none.</summary>
    public int Find(UInt128 address)
    {
        var value = _networks.Find((ulong)(address >> InterfaceBits));
        return value == Divided ? _divided!.Find(address) : value;
    }

    /// <summary>Ranges in order; one that begins where the one before does takes its place.</summary>
    private sealed class RangeList<T>
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T>
    {
        private readonly List<T> _starts = [T.Zero];
        private readonly List<int> _values = [PrefixRanges<T>.None];

        public bool IsEmpty => _starts.Count == 1 && _values[0] == PrefixRanges<T>.None;

        public void Add(T start, int value)
        {
            if (_starts[^1] == start)
            {
                _values[^1] = value;
            }
            else
            {
                _starts.Add(start);
                _values.Add(value);
            }
        }

        public PrefixRanges<T> ToRanges() => new([.. _starts], [.. _values]);
    }
}
