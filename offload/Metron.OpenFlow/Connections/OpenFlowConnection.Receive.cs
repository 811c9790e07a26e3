using System.Buffers;

namespace Metron.OpenFlow;

/// <content>The task that reads.</content>
public sealed partial class OpenFlowConnection
{
    /// <summary>Bytes of replies to nothing that this side has asked, of which a confused switch may send some.</summary>
    private const long UnaskedByteLimit = 1 << 20;

    private uint _strayTransaction;
    private long _strayBytes;
    private long _unaskedBytes;
    private long _bytesPerSecond;

    /// <summary>
    /// Limits how fast this side reads from now on: the network holds the switch back. For switches that have nothing to say here. Answers to echoes wait, too.
    /// </summary>
    /// <param name="bytesPerSecond">Bytes per second, measured over each piece that was read; at least 1.</param>
    public void LimitReceiving(long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        Volatile.Write(ref _bytesPerSecond, bytesPerSecond);
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var reading = _input.ReadAsync(_stop.Token);
                var mustYield = reading.IsCompleted;
                var read = await reading.ConfigureAwait(false);
                var rest = read.Buffer;
                string? problem;
                if (BulkLane.IsFor(rest))
                {
                    (problem, rest) = await HandleMuchAsync(rest).ConfigureAwait(false);
                }
                else
                {
                    problem = HandleAll(ref rest);
                }

                var left = rest.Length;
                var taken = read.Buffer.Length - left;
                _watchdog.Handled(left, taken > 0);
                OpenFlowMetrics.Received(taken);
                _input.AdvanceTo(rest.Start, rest.End);
                if (problem is not null)
                {
                    Close(CloseCause.Protocol, problem);
                    return;
                }

                if (Volatile.Read(ref _bytesPerSecond) is > 0 and var limit && taken > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds((double)taken / limit), _options.TimeProvider, _stop.Token).ConfigureAwait(false);
                }
                else if (mustYield)
                {
                    // A switch that sends without pause must not keep a thread from the others.
                    await Task.Yield();
                }

                if (_brake.IsPulled)
                {
                    // It is not the switch that is slow.
                    _watchdog.Handled(0, advanced: true);
                    await _brake.WaitAsync(_options.EchoTimeout, _options.TimeProvider, _stop.Token).ConfigureAwait(false);
                    _watchdog.Handled(left, advanced: true);
                }

                if (read.IsCompleted)
                {
                    Close(rest.IsEmpty ? "closed by the switch" : $"closed by the switch inside a message, {rest.Length} bytes of it had come");
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Close has said why.
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            Close($"connection lost: {exception.Message}", exception);
        }
        catch (Exception exception)
        {
            // A fault of this library must not leave requests waiting for ever.
            Close($"internal error: {exception.Message}", exception);
            throw;
        }
        finally
        {
            await _input.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task<(string? Problem, ReadOnlySequence<byte> Left)> HandleMuchAsync(ReadOnlySequence<byte> buffer)
    {
        string? problem;
        bool isDone;
        do
        {
            // Waiting for others is no silence of the switch.
            _watchdog.Received();
            var began = await BulkLane.Connections.EnterAsync(_stop.Token).ConfigureAwait(false);
            try
            {
                problem = HandleTurn(ref buffer, began, out isDone);
            }
            finally
            {
                await BulkLane.Connections.LeaveAsync(began).ConfigureAwait(false);
            }
        }
        while (!isDone);
        return (problem, buffer);
    }

    /// <summary>Handles every whole message of the buffer; the result is a reason to close, or null.</summary>
    private string? HandleAll(ref ReadOnlySequence<byte> buffer)
    {
        int? badLength;
        while (FrameBuffer.TryTake(ref buffer, out var message, out badLength))
        {
            if (HandleWhole(message) is { } problem)
            {
                return problem;
            }
        }

        return BadLength(badLength);
    }

    /// <summary>As <see cref="HandleAll"/>, until its turn is over.</summary>
    private string? HandleTurn(ref ReadOnlySequence<byte> buffer, long began, out bool isDone)
    {
        int? badLength;
        isDone = true;
        while (FrameBuffer.TryTake(ref buffer, out var message, out badLength))
        {
            if (HandleWhole(message) is { } problem)
            {
                return problem;
            }

            if (BulkLane.IsOver(began))
            {
                isDone = false;
                return null;
            }
        }

        return BadLength(badLength);
    }

    private static string? BadLength(int? length) => length is null ? null : $"header length {length} < 8";

    private string? HandleWhole(in ReadOnlySequence<byte> message)
    {
        _watchdog.Received();
        return message.IsSingleSegment ? Handle(message.FirstSpan) : HandleScattered(message);
    }

    /// <summary>Handles a message that lies in several pieces of memory.</summary>
    private string? HandleScattered(in ReadOnlySequence<byte> message)
    {
        var whole = ArrayPool<byte>.Shared.Rent((int)message.Length);
        try
        {
            message.CopyTo(whole);
            return Handle(whole.AsSpan(0, (int)message.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private string? Handle(ReadOnlySpan<byte> message)
    {
        var version = (OpenFlowVersion)message[0];
        var type = (MessageType)message[1];
        if (version is < OpenFlowVersion.OpenFlow10 or > OpenFlowVersion.OpenFlow15)
        {
            return $"stream desync: version byte {message[0]}";
        }

        if (type == MessageType.Hello)
        {
            return HandleHello(version);
        }

        if (version == Version && HandlePart(message))
        {
            return null;
        }

        if (!OpenFlowCodec.TryDecode(message, out var frame, out var error))
        {
            HandleMalformed(message, error);
            return null;
        }

        if (version != Version && frame.Message is not ErrorMessage)
        {
            return $"announced {Version.ToDotted()}, speaks {version.ToDotted()}";
        }

        LogReceived(_logger, DatapathId, frame);
        Dispatch(frame, message.Length);
        return null;
    }

    /// <summary>
    /// Parts of multipart replies are not decoded here: those that are waited for are kept as they are, the rest of a reply that was given up is counted.
    /// </summary>
    /// <returns>Whether the message was such a part.</returns>
    private bool HandlePart(ReadOnlySpan<byte> message)
    {
        if (!MultipartPart.TryRead(message, out var part))
        {
            return false;
        }

        if (_pending.TryDeliverPart(part.TransactionId, message, part.HasMore))
        {
            return true;
        }

        if (part.MayBeUnasked || !_pending.HasGivenUp(part.TransactionId))
        {
            return false;
        }

        CountStray(part.TransactionId, message.Length);
        return true;
    }

    private void Dispatch(OpenFlowFrame frame, int length)
    {
        switch (frame.Message)
        {
            case EchoRequest echo:
                _ = AnswerEchoAsync(echo, frame.TransactionId);
                return;
            case EchoReply when frame.TransactionId == Watchdog.Transaction:
                _watchdog.Echoed();
                return;

            // Switches number these as they like; a number that a request also has is chance.
            case PacketIn or PortStatus or FlowRemoved or RoleStatus or TableStatus or RequestForward or ControllerStatusMessage:
                if (frame.Message is RoleStatus role)
                {
                    FollowRole(role);
                }

                Publish(frame, length);
                return;
            case ErrorMessage error:
                FollowRefusal(error);
                break;
        }

        if (_pending.TryDeliver(frame, length))
        {
            return;
        }

        if (IsReply(frame.Message))
        {
            LogStray(_logger, DatapathId, frame.Message.Name, frame.TransactionId);
            CountStray(frame.TransactionId, length);
            return;
        }

        Publish(frame, length);
    }

    /// <summary>A reply that goes on without end after its request has failed costs bandwidth for nothing.</summary>
    private void CountStray(uint transaction, int length)
    {
        if (!_pending.HasGivenUp(transaction))
        {
            _unaskedBytes += length;
            if (_unaskedBytes > UnaskedByteLimit)
            {
                Close(CloseCause.Flood, $"{_unaskedBytes} bytes of replies to nothing that was asked");
            }

            return;
        }

        _strayBytes = transaction == _strayTransaction ? _strayBytes + length : length;
        _strayTransaction = transaction;
        if (_strayBytes > _options.MultipartByteLimit)
        {
            Close(CloseCause.Flood, $"reply without end: {_strayBytes} bytes after its request was given up (endless MORE flag?)");
        }
    }

    // Nobody waits for it any more: the request was cancelled, timed out, or failed at a limit.
    private static bool IsReply(OpenFlowMessage message) => message
        is EchoReply or FeaturesReply or GetConfigReply or (MultipartReply and not (FlowMonitorReply or FlowCountersReply)) or QueueGetConfigReply or BarrierReply or RoleReply or GetAsyncReply or BundleControl;

    private string? HandleHello(OpenFlowVersion version)
    {
        if (version != _announced)
        {
            return Handshake.SecondHello(version, _announced);
        }

        LogSecondHello(_logger, DatapathId);
        Note(Handshake.SecondHelloIgnored);
        return null;
    }

    private void HandleMalformed(ReadOnlySpan<byte> message, OpenFlowDecodeException error)
    {
        var transaction = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        var name = MessageTypeNames.NameOf(message[0], message[1]);
        LogMalformed(_logger, DatapathId, name, transaction, error.Message);
        Note($"{name} does not decode: {error.Message}");
        _pending.TryFail(transaction, error);
    }
}
