using System.Numerics;
using System.Runtime.CompilerServices;

namespace Metron.Dataplane.Workers;

/// <summary>
/// The ingress places of MAC tags: a hash table with open addressing whose words hold tag and place together, so that a tag costs one load as
/// long as nothing collides. Immutable.
/// </summary>
internal sealed unsafe class TagTable
{
    /// <summary>No tag of 24 bits stands in it.</summary>
    private const ulong Free = ulong.MaxValue;

    private readonly ulong[] _words; // pinned

    /// <param name="places">Place of each tag.</param>
    public TagTable(IReadOnlyDictionary<uint, uint> places)
    {
        _words = GC.AllocateArray<ulong>((int)BitOperations.RoundUpToPowerOf2((uint)(places.Count * 2) + 2), pinned: true);
        Array.Fill(_words, Free);
        foreach (var (tag, place) in places)
        {
            var at = tag & Mask;
            while (_words[at] != Free)
            {
                at = (at + 1) & Mask;
            }

            _words[at] = (ulong)tag << IngressPlace.Bits | place;
        }
    }

    /// <summary>The first word. Valid for as long as the table is held.</summary>
    public ulong* Words => (ulong*)Unsafe.AsPointer(ref _words[0]);

    /// <summary>Number of words less 1.</summary>
    public uint Mask => (uint)_words.Length - 1;

    /// <summary>The place of a tag by the table's words, if the first word looked at is the tag's.</summary>
    /// <param name="words">As <see cref="Words"/>.</param>
    /// <param name="mask">As <see cref="Mask"/>.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="place">Its place, with the tag above its bits; undefined when it is not found here.</param>
    /// <returns>Whether it is; if not, <see cref="Find"/> says more.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFirst(ulong* words, uint mask, uint tag, out ulong place)
    {
        place = words[tag & mask];
        return place >> IngressPlace.Bits == tag;
    }

    /// <summary>The place of a tag; <paramref name="missing"/> when the table has none.</summary>
    public uint Find(uint tag, uint missing)
    {
        for (var at = tag & Mask; _words[at] != Free; at = (at + 1) & Mask)
        {
            if (_words[at] >> IngressPlace.Bits == tag)
            {
                return (uint)_words[at];
            }
        }

        return missing;
    }
}
