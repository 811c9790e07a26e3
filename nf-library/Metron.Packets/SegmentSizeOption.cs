using System.Buffers.Binary;

namespace Metron.Packets;

/// <summary>The TCP option that announces the largest segment a host takes (RFC 9293, section 3.2: kind 2, length 4).</summary>
public static class SegmentSizeOption
{
    private const int HeaderLength = 20;
    private const byte End = 0;
    private const byte NoOperation = 1;
    private const byte Kind = 2;
    private const int Length = 4;

    /// <summary>Finds the option in a parsed TCP segment that is no fragment. What lies behind a malformed option is not read.</summary>
    /// <param name="frame">The contiguous part of the frame.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="offset">Where the value stands, from the frame's start; 0 when there is none.</param>
    /// <param name="size">The value; 0 when there is none.</param>
    public static bool TryFind(ReadOnlySpan<byte> frame, in FrameLayout layout, out int offset, out ushort size)
    {
        (offset, size) = (0, 0);
        var end = Math.Min(frame.Length, layout.TransportOffset + ((frame[layout.TransportOffset + 12] >> 4) * 4));
        for (var at = layout.TransportOffset + HeaderLength; at < end && frame[at] != End;)
        {
            if (frame[at] == NoOperation)
            {
                at++;
                continue;
            }

            var length = at + 1 < end ? frame[at + 1] : 0;
            if (length < 2 || at + length > end)
            {
                return false;
            }

            if (frame[at] == Kind && length == Length)
            {
                offset = at + 2;
                size = BinaryPrimitives.ReadUInt16BigEndian(frame[offset..]);
                return true;
            }

            at += length;
        }

        return false;
    }

    /// <summary>Writes another value and corrects the TCP checksum by the difference (RFC 1624).</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="offset">As found.</param>
    /// <param name="size">The new value.</param>
    public static void Write(Span<byte> frame, in FrameLayout layout, int offset, ushort size)
    {
        var before = BinaryPrimitives.ReadUInt16BigEndian(frame[offset..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[offset..], size);
        var delta = default(ChecksumDelta);
        // The sum is over words from the header's start; behind an odd number of bytes the two halves count the other way round.
        if (((offset - layout.TransportOffset) & 1) == 0)
        {
            delta.Add(before, size);
        }
        else
        {
            delta.Add(BinaryPrimitives.ReverseEndianness(before), BinaryPrimitives.ReverseEndianness(size));
        }

        var checksum = frame[layout.ChecksumOffset..];
        BinaryPrimitives.WriteUInt16BigEndian(
            checksum, InternetChecksum.Apply(BinaryPrimitives.ReadUInt16BigEndian(checksum), delta.Value));
    }
}
