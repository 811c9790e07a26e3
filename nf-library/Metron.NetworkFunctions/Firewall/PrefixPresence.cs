using System.Numerics;
using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>Which prefixes of some lengths occur in rules, and with what: a set of bits per prefix. Immutable once filled.</summary>
internal sealed class PrefixPresence
{
    private readonly UInt128[] _addresses;
    private readonly byte[] _lengths; // index of the length + 1, 0 for a free slot
    private readonly uint[] _bits;

    /// <param name="capacity">Most prefixes.</param>
    public PrefixPresence(int capacity)
    {
        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, capacity * 2));
        (_addresses, _lengths, _bits) = (new UInt128[slots], new byte[slots], new uint[slots]);
    }

    /// <summary>Adds a bit to the set of a prefix.</summary>
    /// <param name="length">Index of the prefix's length.</param>
    /// <param name="address">Its address.</param>
    /// <param name="bit">Number of the bit.</param>
    public void Add(int length, UInt128 address, int bit)
    {
        var slot = Slot(length, address);
        (_lengths[slot], _addresses[slot]) = ((byte)(length + 1), address);
        _bits[slot] |= 1u << bit;
    }

    /// <summary>The set of a prefix; 0 when it does not occur.</summary>
    public uint Find(int length, UInt128 address) => _bits[Slot(length, address)];

    private int Slot(int length, UInt128 address)
    {
        var slot = (int)StateHash.Address(address, (ulong)length, 0) & (_lengths.Length - 1);
        while (_lengths[slot] != 0 && (_lengths[slot] != length + 1 || _addresses[slot] != address))
        {
            slot = (slot + 1) & (_lengths.Length - 1);
        }

        return slot;
    }
}
