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

/// <summary>Waits for all parts of a multipart reply, up to a limit.</summary>
internal sealed class MultipartReplies<TReply>(OpenFlowMessage request, long byteLimit, int partLimit) : IReplySink
    where TReply : MultipartReply
{
    private readonly TaskCompletionSource<IReadOnlyList<TReply>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TReply> _parts = [];
    private long _bytes;
    private int _partCount;

    public Task<IReadOnlyList<TReply>> Task => _completion.Task;

    /// <summary>Number of parts so far; a waiting caller sees by it that the switch is still answering.</summary>
    public int PartCount => Volatile.Read(ref _partCount);

    public bool Accept(OpenFlowFrame frame, int length)
    {
        switch (frame.Message)
        {
            case TReply part:
                return Add(part, length);
            case ErrorMessage error:
                _completion.TrySetException(new OpenFlowErrorException(request, error));
                return true;
            default:
                _completion.TrySetException(new UnexpectedReplyException($"{request.Name} answered by {frame.Message.Name}"));
                return true;
        }
    }

    public void Fail(Exception cause) => _completion.TrySetException(cause);

    private bool Add(TReply part, int length)
    {
        _bytes += length;
        if (_bytes > byteLimit || _parts.Count >= partLimit)
        {
            _completion.TrySetException(new UnexpectedReplyException(
                $"{request.Name} answered by more than {byteLimit} bytes or {partLimit} parts (endless MORE flag?)"));
            return true;
        }

        _parts.Add(part);
        Volatile.Write(ref _partCount, _parts.Count);
        if (!part.HasMore)
        {
            _completion.TrySetResult(_parts);
        }

        return !part.HasMore;
    }
}
