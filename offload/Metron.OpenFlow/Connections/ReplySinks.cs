namespace Metron.OpenFlow;

/// <summary>Waits for the messages that answer a request. Called under the lock of <see cref="PendingReplies"/>.</summary>
internal interface IReplySink
{
    /// <summary>Takes a message with the request's transaction number.</summary>
    /// <param name="frame">The message.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>Whether the answer is complete.</returns>
    bool Accept(OpenFlowFrame frame, int length);

    /// <summary>No answer will come.</summary>
    void Fail(Exception cause);
}

/// <summary>Waits for parts of a multipart reply, as bytes. Called under the lock of <see cref="PendingReplies"/>.</summary>
internal interface IPartSink
{
    /// <summary>Takes a part with the request's transaction number.</summary>
    /// <param name="part">The whole message.</param>
    /// <param name="hasMore">Whether others follow.</param>
    /// <returns>Whether the answer is complete.</returns>
    bool AcceptPart(ReadOnlySpan<byte> part, bool hasMore);
}

/// <summary>Waits for one message.</summary>
internal sealed class SingleReply<TReply>(OpenFlowMessage request) : IReplySink
    where TReply : OpenFlowMessage
{
    private readonly TaskCompletionSource<TReply> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TReply> Task => _completion.Task;

    public bool Accept(OpenFlowFrame frame, int length)
    {
        switch (frame.Message)
        {
            case TReply reply:
                _completion.TrySetResult(reply);
                break;
            case ErrorMessage error:
                _completion.TrySetException(new OpenFlowErrorException(request, error));
                break;
            default:
                _completion.TrySetException(new UnexpectedReplyException($"{request.Name} answered by {frame.Message.Name}"));
                break;
        }

        return true;
    }

    public void Fail(Exception cause) => _completion.TrySetException(cause);
}

/// <summary>
/// Waits for all parts of a multipart reply, up to a limit. Parts are kept as bytes until the last one has come, and decoded by who waits: a reply that never ends
/// costs neither records nor the time of the task that reads.
/// </summary>
internal sealed class MultipartReplies<TReply>(OpenFlowMessage request, long byteLimit, int partLimit) : IReplySink, IPartSink
    where TReply : MultipartReply
{
    private readonly TaskCompletionSource<IReadOnlyList<byte[]>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte[]> _parts = [];
    private long _bytes;
    private int _partCount;

    /// <summary>The bytes of all parts.</summary>
    public Task<IReadOnlyList<byte[]>> Task => _completion.Task;

    /// <summary>Number of parts so far; a waiting caller sees by it that the switch is still answering.</summary>
    public int PartCount => Volatile.Read(ref _partCount);

    public bool AcceptPart(ReadOnlySpan<byte> part, bool hasMore)
    {
        _bytes += part.Length;
        if (_bytes > byteLimit || _parts.Count >= partLimit)
        {
            _completion.TrySetException(new UnexpectedReplyException(
                $"{request.Name} answered by more than {byteLimit} bytes or {partLimit} parts (endless MORE flag?)"));
            return true;
        }

        _parts.Add(part.ToArray());
        Volatile.Write(ref _partCount, _parts.Count);
        if (!hasMore)
        {
            _completion.TrySetResult(_parts);
        }

        return !hasMore;
    }

    /// <summary>Messages that are no part of a multipart reply.</summary>
    public bool Accept(OpenFlowFrame frame, int length)
    {
        _completion.TrySetException(frame.Message is ErrorMessage error
            ? new OpenFlowErrorException(request, error)
            : new UnexpectedReplyException($"{request.Name} answered by {frame.Message.Name}"));
        return true;
    }

    public void Fail(Exception cause) => _completion.TrySetException(cause);

    /// <summary>Decodes one part.</summary>
    /// <exception cref="OpenFlowDecodeException">It is malformed.</exception>
    /// <exception cref="UnexpectedReplyException">It is a part of another reply.</exception>
    public (OpenFlowFrame Frame, TReply Part) Decode(byte[] part)
    {
        var frame = OpenFlowCodec.Decode(part);
        return frame.Message is TReply reply
            ? (frame, reply)
            : throw new UnexpectedReplyException($"{request.Name} answered by {frame.Message.Name}");
    }
}
