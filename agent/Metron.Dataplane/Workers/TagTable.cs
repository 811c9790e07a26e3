using System.Numerics;
using System.Runtime.CompilerServices;

namespace Metron.Dataplane.Workers;

/// <summary>
/// The ingress slots of MAC tags: a hash table with open addressing whose words hold tag and slot together, so that a tag costs one load as
/// long as nothing collides. Immutable.
/// </summary>
internal sealed unsafe class TagTable
{
    private const int SlotBits = 16;

    /// <summary>No tag of 24 bits stands in it.</summary>
    private const ulong Free = ulong.MaxValue;

    private readonly ulong[] _words; // pinned

    /// <param name="slots">Slot of each tag.</param>
    public TagTable(IReadOnlyDictionary<uint, ushort> slots)
    {
        _words = GC.AllocateArray<ulong>((int)BitOperations.RoundUpToPowerOf2((uint)(slots.Count * 2) + 2), pinned: true);
        Array.Fill(_words, Free);
        foreach (var (tag, slot) in slots)
        {
            var at = tag & Mask;
            while (_words[at] != Free)
            {
                at = (at + 1) & Mask;
            }

            _words[at] = (ulong)tag << SlotBits | slot;
        }
    }

    /// <summary>The first word. Valid for as long as the table is held.</summary>
    public ulong* Words => (ulong*)Unsafe.AsPointer(ref _words[0]);

    /// <summary>Number of words less 1.</summary>
    public uint Mask => (uint)_words.Length - 1;

    /// <summary>The slot of a tag by the table's words, if the first word looked at is the tag's.</summary>
    /// <param name="words">As <see cref="Words"/>.</param>
    /// <param name="mask">As <see cref="Mask"/>.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="slot">Its slot; undefined when it is not found here.</param>
    /// <returns>Whether it is; if not, <see cref="Find"/> says more.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFirst(ulong* words, uint mask, uint tag, out ushort slot)
    {
        var word = words[tag & mask];
        slot = (ushort)word;
        return word >> SlotBits == tag;
    }

    /// <summary>The slot of a tag; <paramref name="missing"/> when the table has none.</summary>
    public ushort Find(uint tag, ushort missing)
    {
        for (var at = tag & Mask; _words[at] != Free; at = (at + 1) & Mask)
        {
            if (_words[at] >> SlotBits == tag)
            {
                return (ushort)_words[at];
            }
        }

        return missing;
    }
}
