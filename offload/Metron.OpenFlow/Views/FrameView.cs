using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>
/// A message seen through its bytes, without allocation; OpenFlow 1.3 to 1.5. The frequent messages have views of their own, whose <c>TryRead</c> checks every length
/// once, so that what they show cannot fail. Of one that is refused, <see cref="OpenFlowCodec.Decode"/> says what is wrong.
/// </summary>
/// <remarks>ECHO_REQUEST, ECHO_REPLY and BARRIER_REPLY need no more than this: <see cref="Body"/> is the payload.</remarks>
public readonly ref struct FrameView
{
    private readonly ReadOnlySpan<byte> _message;

    private FrameView(ReadOnlySpan<byte> message) => _message = message;

    public OpenFlowVersion Version => (OpenFlowVersion)_message[0];

    public MessageType Type => (MessageType)_message[1];

    /// <summary>Bytes of the message, header included.</summary>
    public int Length => _message.Length;

    public uint TransactionId => BinaryPrimitives.ReadUInt32BigEndian(_message[4..]);

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Body => _message[OpenFlowCodec.HeaderLength..];

    /// <summary>Looks at the header.</summary>
    /// <param name="message">Exactly the bytes that the header's length field says.</param>
    /// <param name="frame">The message when the result is true.</param>
    /// <returns>Whether it is a message of OpenFlow 1.3, 1.4 or 1.5, by its header.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out FrameView frame)
    {
        frame = default;
        if (message.Length < OpenFlowCodec.HeaderLength
            || BinaryPrimitives.ReadUInt16BigEndian(message[2..]) != message.Length
            || (OpenFlowVersion)message[0] is < OpenFlowVersion.OpenFlow13 or > OpenFlowVersion.OpenFlow15)
        {
            return false;
        }

        frame = new FrameView(message);
        return true;
    }
}
