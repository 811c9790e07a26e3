using System.Numerics;
using Metron.Packets.Hashing;

namespace Metron.NetworkFunctions.Hashing;

/// <summary>
/// The source ports that give a packet a flow group, all else being given. As the hash is linear over GF(2), a port adds its part to the group by
/// exclusive or; the ports that add the same part are a coset of those that add nothing. Of 64 ports in a row, those of a part are 64 bits out of a small
/// table (8 bytes per group), so all fitting ports are enumerated word by word, without trying any. Immutable.
/// </summary>
public sealed class PortCosets
{
    /// <summary>Most flow groups.</summary>
    public const int MostGroups = 4096;

    private const int WordBits = 6;

    private readonly ulong[] _patterns;
    private readonly ushort[] _parts = new ushort[65536 >> WordBits];

    /// <param name="toeplitz">The hash.</param>
    /// <param name="isV6">Whether the addresses are IPv6.</param>
    /// <param name="groups">Number of flow groups, a power of two up to <see cref="MostGroups"/>.</param>
    public PortCosets(Toeplitz toeplitz, bool isV6, int groups)
    {
        var mask = (uint)groups - 1;
        _patterns = new ulong[groups];
        for (var port = 0; port < 1 << WordBits; port++)
        {
            _patterns[toeplitz.PartOfPort((ushort)port, isV6, true) & mask] |= 1UL << port;
        }

        for (var word = 0; word < _parts.Length; word++)
        {
            _parts[word] = (ushort)(toeplitz.PartOfPort((ushort)(word << WordBits), isV6, true) & mask);
        }
    }

    /// <summary>Which of 64 ports add a part to the flow group.</summary>
    /// <param name="word">Number of the 64 ports: their first is 64 times that.</param>
    /// <param name="part">The part, less than the number of groups.</param>
    /// <returns>A bit for each port.</returns>
    public ulong Fitting(int word, int part) => _patterns[_parts[word] ^ part];

    /// <summary>Number of ports that add a part: the same for all parts with <see cref="Toeplitz.SymmetricKey"/>.</summary>
    public int CountOf(int part) => Enumerable.Range(0, _parts.Length).Sum(word => BitOperations.PopCount(Fitting(word, part)));
}
