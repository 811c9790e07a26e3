using System.Buffers;
using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>Cuts a stream of bytes into messages by the length field of their headers.</summary>
internal static class FrameBuffer
{
    /// <summary>Takes the next whole message off the buffer.</summary>
    /// <param name="buffer">What has been received; on success what follows the message.</param>
    /// <param name="message">The whole message.</param>
    /// <param name="badLength">A header length less than the header; the stream cannot be cut any further.</param>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message, out int? badLength)
    {
        message = default;
        badLength = null;
        if (buffer.Length < OpenFlowCodec.HeaderLength)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[OpenFlowCodec.HeaderLength];
        buffer.Slice(0, OpenFlowCodec.HeaderLength).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        if (length < OpenFlowCodec.HeaderLength)
        {
            badLength = length;
            return false;
        }

        if (buffer.Length < length)
        {
            return false;
        }

        message = buffer.Slice(0, length);
        buffer = buffer.Slice(length);
        return true;
    }
}
