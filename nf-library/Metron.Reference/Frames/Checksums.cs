using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.Reference.Frames;

/// <summary>Internet checksums by the plainest loop there is (RFC 1071).</summary>
internal static class Checksums
{
    /// <summary>Ones' complement sum of 16-bit words, carried around; 0 only for zeros.</summary>
    public static ushort Sum(ReadOnlySpan<byte> bytes, uint start = 0)
    {
        var sum = start;
        for (var i = 0; i < bytes.Length; i++)
        {
            sum += (uint)(i % 2 == 0 ? bytes[i] << 8 : bytes[i]);
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)sum;
    }

    /// <summary>Sum of the pseudo header (RFC 793 section 3.1, RFC 8200 section 8.1).</summary>
    public static ushort Pseudo(IpAddress source, IpAddress destination, byte protocol, int length)
    {
        Span<byte> bytes = stackalloc byte[40];
        bytes.Clear();
        BinaryPrimitives.WriteUInt128BigEndian(bytes, source.Value);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], destination.Value);
        BinaryPrimitives.WriteInt32BigEndian(bytes[32..], length);
        bytes[39] = protocol;
        return Sum(bytes);
    }

    /// <summary>
    /// The checksum of changed bytes. One that was right is computed anew; one that was wrong, or that covers more than is there, is wrong by
    /// as much afterwards (RFC 1624).
    /// </summary>
    /// <param name="before">Sum of everything that the checksum covers, itself left out, as it was.</param>
    /// <param name="after">The same sum as it is.</param>
    /// <param name="checksum">Checksum as it was.</param>
    public static ushort Carry(ushort before, ushort after, ushort checksum)
    {
        if (checksum == (ushort)~before)
        {
            return (ushort)~after;
        }

        var sum = (uint)(ushort)~checksum + after + (ushort)~before;
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
