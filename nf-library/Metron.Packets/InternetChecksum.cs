using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Metron.Packets;

/// <summary>
/// The Internet checksum (RFC 1071): ones' complement sum of 16-bit words. Checksums and sums are numbers in host order, as
/// <see cref="BinaryPrimitives.ReadUInt16BigEndian(ReadOnlySpan{byte})"/> reads them from the wire.
/// </summary>
public static class InternetChecksum
{
    /// <summary>Checksum of the bytes; an odd last byte counts as the high half of a word.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => (ushort)~Fold(Sum(bytes));

    /// <summary>
    /// Checksum of a transport segment with its pseudo header (RFC 793 section 3.1, RFC 8200 section 8.1), whose checksum field holds 0.
    /// </summary>
    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address, of the same version.</param>
    /// <param name="protocol">IP protocol number.</param>
    /// <param name="segment">Transport header and payload.</param>
    public static ushort Compute(IpAddress source, IpAddress destination, byte protocol, ReadOnlySpan<byte> segment) =>
        (ushort)~Fold(Sum(segment) + SumOf(source.Value) + SumOf(destination.Value) + protocol + (uint)segment.Length);

    /// <summary>Whether an IPv4 header's checksum is right: the sum over the whole header is 0xffff.</summary>
    public static bool IsValid(ReadOnlySpan<byte> header) => Fold(Sum(header)) == 0xffff;

    /// <summary>Folds a sum of words into one word, end-around carries included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Fold(ulong sum)
    {
        sum = (sum >> 32) + (uint)sum;
        sum = (sum >> 32) + (uint)sum;
        var half = ((uint)sum >> 16) + (ushort)sum;
        return (ushort)((half >> 16) + half);
    }

    /// <summary>Applies a change to a checksum: HC' = ~(~HC + delta) (RFC 1624, equation 3).</summary>
    /// <param name="checksum">Checksum before.</param>
    /// <param name="delta">Folded change. Both in the same byte order, whichever.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Apply(ushort checksum, ushort delta)
    {
        var sum = (uint)(ushort)~checksum + delta;
        return (ushort)~(sum + (sum >> 16));
    }

    /// <summary>As <see cref="Apply"/> for UDP, where 0 says "none" (RFC 768): it stays 0, and no other checksum becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort ApplyUdp(ushort checksum, ushort delta)
    {
        if (checksum == 0)
        {
            return 0;
        }

        var changed = Apply(checksum, delta);
        return changed == 0 ? (ushort)0xffff : changed;
    }

    /// <summary>Sum of the words of a number: of an address, for instance.</summary>
    internal static ulong SumOf(UInt128 value)
    {
        var high = (ulong)(value >> 64);
        var low = (ulong)value;
        return SumOf(high) + SumOf(low);
    }

    private static ulong SumOf(ulong value) => (value >> 48) + (value >> 32 & 0xffff) + (value >> 16 & 0xffff) + (value & 0xffff);

    /// <summary>
    /// Unfolded sum in host order. Sums words as they lie in memory, 32 bytes at a time, and swaps the bytes of the folded result: the
    /// ones' complement sum does not depend on byte order (RFC 1071 section 2).
    /// </summary>
    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        ref var first = ref MemoryMarshal.GetReference(bytes);
        nuint offset = 0;
        var length = (nuint)bytes.Length;
        if (Vector256.IsHardwareAccelerated && length >= 64)
        {
            var low = Vector256<uint>.Zero;
            var high = Vector256<uint>.Zero;
            // A lane takes one word of at most 0xffff per 32 bytes: no overflow below 2 MiB, and frames are below 64 KiB.
            for (; length - offset >= 32; offset += 32)
            {
                var words = Vector256.LoadUnsafe(ref first, offset).AsUInt16();
                low += Vector256.WidenLower(words);
                high += Vector256.WidenUpper(words);
            }

            sum = SumLanes(low) + SumLanes(high);
        }

        for (; length - offset >= 4; offset += 4)
        {
            sum += Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, offset));
        }

        if (length - offset >= 2)
        {
            sum += Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref first, offset));
            offset += 2;
        }

        if (offset < length)
        {
            sum += Unsafe.Add(ref first, offset);
        }

        var folded = Fold(sum);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded;
    }

    private static ulong SumLanes(Vector256<uint> lanes) =>
        Vector256.Sum(Vector256.WidenLower(lanes)) + Vector256.Sum(Vector256.WidenUpper(lanes));
}
