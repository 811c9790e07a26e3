using System.Buffers.Binary;

namespace Metron.Bench.Traces;

/// <summary>The Internet checksum (RFC 1071), written for checking what others compute, not for speed.</summary>
internal static class Checksum
{
    /// <summary>Adds big-endian 16-bit words to a sum; an odd last byte counts as the high half of a word.</summary>
    public static uint Add(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (; bytes.Length >= 2; bytes = bytes[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        }

        return bytes.IsEmpty ? sum : sum + ((uint)bytes[0] << 8);
    }

    /// <summary>The one's complement of the folded sum; 0 over bytes that include a right checksum.</summary>
    public static ushort Fold(uint sum)
    {
        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
