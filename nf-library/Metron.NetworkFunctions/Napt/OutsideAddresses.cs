using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;
using Metron.Packets.Memory;

namespace Metron.NetworkFunctions.Napt;

/// <summary>Outside addresses that were ever used, numbered in that order; the numbers stay when the pool changes.</summary>
internal sealed class OutsideAddresses
{
    private readonly ChunkedArray<IpAddress> _addresses = new();
    private readonly HashIndex _index = new();

    /// <summary>Number of addresses.</summary>
    public int Count { get; private set; }

    /// <summary>The address.</summary>
    public IpAddress this[int index] => _addresses[index];

    /// <summary>Index of an address; -1 when it was never used.</summary>
    public int Find(IpAddress address)
    {
        for (var index = _index.First(Hash(address)); index >= 0; index = _index.Next(index))
        {
            if (_addresses[index] == address)
            {
                return index;
            }
        }

        return -1;
    }

    /// <summary>Index of an address, which is new now if it was never used.</summary>
    public int FindOrAdd(IpAddress address)
    {
        var index = Find(address);
        if (index < 0)
        {
            index = Count++;
            _addresses.EnsureLength(Count);
            _addresses[index] = address;
            _index.Add(Hash(address), index);
        }

        return index;
    }

    private static uint Hash(IpAddress address) => (uint)StateHash.Address(address.Value, address.IsV6 ? 1UL : 0, 0);
}
