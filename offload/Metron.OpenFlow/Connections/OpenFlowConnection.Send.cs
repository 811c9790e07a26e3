using System.Buffers;

namespace Metron.OpenFlow;

/// <content>Requests.</content>
public sealed partial class OpenFlowConnection
{
    private const int FlushThreshold = 65536;
    private const int EchoReplyLimit = 16;

    private int _waitingEchoReplies;

    /// <summary>Sends a message that the switch does not answer, unless it refuses it: the error then comes as an event.</summary>
    /// <returns>The transaction number that an error would carry.</returns>
    /// <exception cref="OpenFlowEncodeException">The message does not exist in this version, or is too long.</exception>
    /// <exception cref="ConnectionClosedException">The connection is closed.</exception>
    /// <exception cref="NotMasterException">The message would change the switch, and this controller is its slave by <see cref="OpenFlowConnectionOptions.Role"/>.</exception>
    public async Task<uint> SendAsync(OpenFlowMessage message, CancellationToken cancellation = default)
    {
        var transaction = _pending.Reserve(1);
        await WriteAsync(message, transaction, cancellation).ConfigureAwait(false);
        return transaction;
    }

    /// <summary>Sends a request and waits for its reply.</summary>
    /// <exception cref="OpenFlowErrorException">The switch refused the request.</exception>
    /// <exception cref="OpenFlowDecodeException">The reply is malformed.</exception>
    /// <exception cref="UnexpectedReplyException">The reply is of another type.</exception>
    /// <exception cref="TimeoutException">No reply within <see cref="OpenFlowConnectionOptions.RequestTimeout"/>.</exception>
    /// <exception cref="ConnectionClosedException">The connection closed first.</exception>
    public async Task<TReply> RequestAsync<TReply>(IOpenFlowRequest<TReply> request, CancellationToken cancellation = default)
        where TReply : OpenFlowMessage
    {
        var message = AsMessage(request);
        var reply = new SingleReply<TReply>(message);
        var transaction = _pending.Reserve(1);
        _pending.Add(transaction, reply);
        try
        {
            await WriteAsync(message, transaction, cancellation).ConfigureAwait(false);
            return await WaitAsync(reply.Task, message, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _pending.Remove(transaction);
        }
    }

    /// <summary>Sends a multipart request and waits for all parts of its reply.</summary>
    /// <returns>The parts in the order of arrival.</returns>
    /// <exception cref="OpenFlowErrorException">The switch refused the request.</exception>
    /// <exception cref="OpenFlowDecodeException">A part of the reply is malformed.</exception>
    /// <exception cref="UnexpectedReplyException">The reply is of another type, or longer than the options allow.</exception>
    /// <exception cref="TimeoutException">No further part within <see cref="OpenFlowConnectionOptions.RequestTimeout"/>.</exception>
    /// <exception cref="ConnectionClosedException">The connection closed first.</exception>
    public async Task<IReadOnlyList<TReply>> RequestAllAsync<TReply>(IMultipartRequest<TReply> request, CancellationToken cancellation = default)
        where TReply : MultipartReply
    {
        var message = AsMessage(request);
        var replies = new MultipartReplies<TReply>(message, _options.MultipartByteLimit, _options.MultipartPartLimit);
        var transaction = _pending.Reserve(1);
        _pending.Add(transaction, replies);
        try
        {
            await WriteAsync(message, transaction, cancellation).ConfigureAwait(false);
            while (true)
            {
                var before = replies.PartCount;
                try
                {
                    var parts = await WaitAsync(replies.Task, message, cancellation).ConfigureAwait(false);
                    return DecodeAll(replies, parts);
                }
                catch (TimeoutException) when (replies.PartCount > before)
                {
                    // The switch is still answering.
                }
            }
        }
        finally
        {
            _pending.Remove(transaction);
        }
    }

    /// <summary>Sends messages and a barrier, and reports which of them the switch refused. The others took effect.</summary>
    /// <remarks>Either all messages are sent or, when one cannot be encoded, none.</remarks>
    /// <exception cref="OpenFlowEncodeException">A message does not exist in this version, or is too long.</exception>
    /// <exception cref="OpenFlowErrorException">The switch refused the barrier: what became of the messages is unknown.</exception>
    /// <exception cref="TimeoutException">No barrier reply within <see cref="OpenFlowConnectionOptions.RequestTimeout"/>: unknown as well.</exception>
    /// <exception cref="ConnectionClosedException">The connection closed first: unknown as well.</exception>
    public async Task<SendResult> SendAllAsync(IReadOnlyList<OpenFlowMessage> messages, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var first = _pending.Reserve(messages.Count + 1);
        var barrierTransaction = first + (uint)messages.Count;
        var barrierRequest = new BarrierRequest();
        var bytes = EncodeAll([.. messages, barrierRequest], first);

        var attribution = new ErrorAttribution(messages, first);
        var barrier = new SingleReply<BarrierReply>(barrierRequest);
        _pending.Add(attribution);
        _pending.Add(barrierTransaction, barrier);
        try
        {
            await WriteAsync(bytes, cancellation).ConfigureAwait(false);
            await WaitAsync(barrier.Task, barrierRequest, cancellation).ConfigureAwait(false);
            return new SendResult(attribution.Failures);
        }
        finally
        {
            _pending.Remove(barrierTransaction);
            _pending.Remove(attribution);
        }
    }

    private TReply[] DecodeAll<TReply>(MultipartReplies<TReply> replies, IReadOnlyList<byte[]> parts)
        where TReply : MultipartReply
    {
        var decoded = new TReply[parts.Count];
        for (var i = 0; i < decoded.Length; i++)
        {
            (var frame, decoded[i]) = replies.Decode(parts[i]);
            LogReceived(_logger, DatapathId, frame);
        }

        return decoded;
    }

    private static OpenFlowMessage AsMessage(object request) =>
        request as OpenFlowMessage ?? throw new ArgumentException("only messages of this library are requests", nameof(request));

    private Task<T> WaitAsync<T>(Task<T> reply, OpenFlowMessage request, CancellationToken cancellation)
    {
        return Wait();

        async Task<T> Wait()
        {
            try
            {
                return await reply.WaitAsync(_options.RequestTimeout, _options.TimeProvider, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"{request.Name} not answered within {_options.RequestTimeout.TotalSeconds:0.#} s");
            }
        }
    }

    private ArrayBufferWriter<byte> EncodeAll(IReadOnlyList<OpenFlowMessage> messages, uint firstTransaction)
    {
        var bytes = new ArrayBufferWriter<byte>(FlushThreshold);
        for (var i = 0; i < messages.Count; i++)
        {
            RequireRoleFor(messages[i]);
            OpenFlowCodec.Encode(messages[i], Version, firstTransaction + (uint)i, bytes);
        }

        return bytes;
    }

    private Task WriteAsync(OpenFlowMessage message, uint transaction, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(message);
        var bytes = EncodeAll([message], transaction);
        LogSent(_logger, DatapathId, transaction, message);
        return WriteAsync(bytes, cancellation);
    }

    /// <summary>Hands whole messages to the socket, waiting while it takes no more. Cancellation counts only until the first byte is written.</summary>
    private async Task WriteAsync(ArrayBufferWriter<byte> bytes, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ThrowIfClosed(null);
            for (var rest = bytes.WrittenMemory; !rest.IsEmpty;)
            {
                var chunk = rest[..Math.Min(rest.Length, FlushThreshold)];
                _watchdog.Writing(rest.Length);
                await _output.WriteAsync(chunk, _stop.Token).ConfigureAwait(false);
                rest = rest[chunk.Length..];
                OpenFlowMetrics.Sent(chunk.Length);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            if (exception is not ConnectionClosedException)
            {
                Close($"connection lost: {exception.Message}", exception);
            }

            ThrowIfClosed(exception);
        }
        finally
        {
            _watchdog.Written();
            _sending.Release();
        }
    }

    private void ThrowIfClosed(Exception? cause)
    {
        if (_closed.Task.IsCompleted)
        {
            var reason = _closed.Task.Result;
            throw new ConnectionClosedException(reason.Message, cause ?? reason);
        }
    }

    private Task SendEchoAsync() => SendQuietlyAsync(new EchoRequest(), Watchdog.Transaction);

    private async Task AnswerEchoAsync(EchoRequest echo, uint transaction)
    {
        // A switch that asks but does not read must not fill the memory with answers.
        if (Interlocked.Increment(ref _waitingEchoReplies) <= EchoReplyLimit)
        {
            await SendQuietlyAsync(new EchoReply(echo.Payload), transaction).ConfigureAwait(false);
        }

        Interlocked.Decrement(ref _waitingEchoReplies);
    }

    private async Task SendQuietlyAsync(OpenFlowMessage message, uint transaction)
    {
        try
        {
            await WriteAsync(message, transaction, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConnectionClosedException or OperationCanceledException)
        {
            // The connection says itself why it closed.
        }
    }
}
