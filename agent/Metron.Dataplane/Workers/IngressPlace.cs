using System.Runtime.CompilerServices;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Where packets with a tag enter: slot (bits 0-15) and flow group (bits 16-27) in one word. A tag that all groups share has a slot for each of them,
/// one behind the other, and bit 28 set: the packet's RSS hash is added.
/// </summary>
internal static class IngressPlace
{
    /// <summary>Bits of a place.</summary>
    public const int Bits = 32;

    private const int GroupShift = 16;
    private const ulong GroupMask = 0xfff;
    private const ulong Hashed = 1ul << 28;

    /// <summary>The place of a slot of one group.</summary>
    public static uint Of(ushort slot, int group) => slot | (uint)group << GroupShift;

    /// <summary>The place of a tag that all groups share.</summary>
    /// <param name="slot">Slot of group 0.</param>
    public static uint OfAll(ushort slot) => slot | (uint)Hashed;

    /// <summary>Whether all groups share the tag.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsHashed(ulong place) => (place & Hashed) != 0;

    /// <summary>The place of the group that a hash names.</summary>
    /// <param name="place">Place of a tag that all groups share.</param>
    /// <param name="group">The group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong place, uint group) => place + group + ((ulong)group << GroupShift);

    /// <summary>The slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort SlotOf(ulong place) => (ushort)place;

    /// <summary>The group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GroupOf(ulong place) => (uint)(place >> GroupShift & GroupMask);
}
