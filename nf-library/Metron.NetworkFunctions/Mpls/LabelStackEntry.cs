using System.Buffers.Binary;

namespace Metron.NetworkFunctions.Mpls;

/// <summary>A label stack entry (RFC 3032, section 2.1; RFC 5462 for the traffic class): 20 bits of label, 3 of traffic class, the bottom of the stack, 8 of TTL.</summary>
/// <param name="Word">Its 32 bits.</param>
internal readonly record struct LabelStackEntry(uint Word)
{
    /// <summary>Bytes of an entry.</summary>
    public const int Length = 4;

    /// <summary>The packet below is IPv4 (RFC 3032, section 2.1); the label edge before may write it instead of the one that it was given.</summary>
    public const uint ExplicitNullV4 = 0;

    /// <summary>The packet below is IPv6.</summary>
    public const uint ExplicitNullV6 = 2;

    private const int LabelShift = 12;
    private const int ClassShift = 9;
    private const uint BottomBit = 0x100;

    public uint Label => Word >> LabelShift;

    /// <summary>Whether no other label is below.</summary>
    public bool IsBottom => (Word & BottomBit) != 0;

    public byte TimeToLive => (byte)Word;

    public static LabelStackEntry Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    /// <summary>An entry at the bottom of its stack.</summary>
    public static LabelStackEntry Bottom(uint label, int trafficClass, byte timeToLive) =>
        new(label << LabelShift | (uint)trafficClass << ClassShift | BottomBit | timeToLive);

    /// <summary>The same entry with another label, and the TTL lowered by 1; it was more than 0.</summary>
    public LabelStackEntry Swapped(uint label) => new((label << LabelShift | (Word & ((1u << LabelShift) - 1))) - 1);

    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt32BigEndian(bytes, Word);
}
