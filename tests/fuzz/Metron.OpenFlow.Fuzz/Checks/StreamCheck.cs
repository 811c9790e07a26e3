using System.Buffers;

namespace Metron.OpenFlow.Fuzz;

/// <summary>What a connection promises of any stream: it is cut into messages or ends, and a multipart reply is collected up to its limits and no further.</summary>
internal static class StreamCheck
{
    private const int PartLimit = 20;
    private const int ByteLimit = 16 * 1024;

    /// <summary>Whether the stream holds at least one message.</summary>
    /// <exception cref="BrokenPromiseException">A promise was broken.</exception>
    public static bool Check(ReadOnlySpan<byte> bytes)
    {
        var request = new FlowStatsRequest(FlowFilter.All);
        var replies = new MultipartReplies<FlowStatsReply>(request, ByteLimit, PartLimit);
        var rest = new ReadOnlySequence<byte>(bytes.ToArray());
        var (isComplete, messages, taken, collected) = (false, 0, 0L, 0L);
        int? badLength;
        while (FrameBuffer.TryTake(ref rest, out var message, out badLength))
        {
            BrokenPromiseException.ThrowUnless(message.Length >= OpenFlowCodec.HeaderLength, "a message shorter than its header");
            messages++;
            taken += message.Length;
            if (!isComplete && OpenFlowCodec.TryDecode(message.FirstSpan, out var frame, out _))
            {
                collected += message.Length;
                isComplete = replies.Accept(frame, (int)message.Length);
                BrokenPromiseException.ThrowUnless(isComplete == replies.Task.IsCompleted, "complete, or not");
                BrokenPromiseException.ThrowUnless(
                    isComplete || (replies.PartCount <= PartLimit && collected <= ByteLimit), "a multipart reply is collected beyond its limits");
            }
        }

        BrokenPromiseException.ThrowUnless(taken + rest.Length == bytes.Length, "bytes were lost between messages");
        BrokenPromiseException.ThrowUnless(badLength is null or < OpenFlowCodec.HeaderLength, $"bad length {badLength}");
        _ = replies.Task.Exception;
        return messages > 0;
    }
}
