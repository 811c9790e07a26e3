using System.Numerics;
using System.Runtime.CompilerServices;

namespace Metron.Synthesis;

/// <summary>A set of numbers from 0 to a fixed size.</summary>
internal sealed class BitSet(int size)
{
    private readonly ulong[] _words = new ulong[(size + 63) / 64];

    /// <summary>Puts a number into the set.</summary>
    public void Add(int number) => _words[number >> 6] |= 1UL << number;

    /// <summary>Takes all numbers out.</summary>
    public void Clear() => Array.Clear(_words);

    /// <summary>Replaces the set by another of the same size.</summary>
    public void CopyFrom(BitSet other) => other._words.CopyTo(_words.AsSpan());

    /// <summary>Keeps what is in another set of the same size too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void IntersectWith(BitSet other)
    {
        var words = _words.AsSpan();
        var others = other._words.AsSpan();
        var i = 0;
        for (; i <= words.Length - Vector<ulong>.Count; i += Vector<ulong>.Count)
        {
            (new Vector<ulong>(words[i..]) & new Vector<ulong>(others[i..])).CopyTo(words[i..]);
        }

        for (; i < words.Length; i++)
        {
            words[i] &= others[i];
        }
    }

    /// <summary>The smallest number in the set from <paramref name="from"/> on; -1 when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Next(int from)
    {
        var word = from >> 6;
        if (word >= _words.Length)
        {
            return -1;
        }

        var bits = _words[word] & (ulong.MaxValue << from);
        while (bits == 0)
        {
            if (++word == _words.Length)
            {
                return -1;
            }

            bits = _words[word];
        }

        return (word << 6) + BitOperations.TrailingZeroCount(bits);
    }
}
