using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>What a part of a multipart reply says before its body.</summary>
/// <param name="TransactionId">Transaction number of the request.</param>
/// <param name="Kind">What is answered.</param>
/// <param name="HasMore">Whether further parts follow.</param>
internal readonly record struct MultipartPart(uint TransactionId, MultipartType Kind, bool HasMore)
{
    private const int HeaderLength = 12;
    private const int MoreFlag = 1;
    private const byte StatisticsReplyOf10 = 17;

    /// <summary>Whether a switch may send it without being asked, as updates in the form of replies.</summary>
    public bool MayBeUnasked => Kind is MultipartType.FlowMonitor or MultipartType.FlowCounters;

    /// <summary>Reads the header of a part; false for other messages.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out MultipartPart part)
    {
        part = default;
        if (message.Length < HeaderLength)
        {
            return false;
        }

        var reply = (OpenFlowVersion)message[0] == OpenFlowVersion.OpenFlow10 ? StatisticsReplyOf10 : (byte)MessageType.MultipartReply;
        if (message[1] != reply)
        {
            return false;
        }

        part = new MultipartPart(
            BinaryPrimitives.ReadUInt32BigEndian(message[4..]),
            (MultipartType)BinaryPrimitives.ReadUInt16BigEndian(message[8..]),
            (BinaryPrimitives.ReadUInt16BigEndian(message[10..]) & MoreFlag) != 0);
        return true;
    }
}
