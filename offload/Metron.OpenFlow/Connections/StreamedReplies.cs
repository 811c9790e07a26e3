using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Metron.OpenFlow;

/// <summary>Hands on the parts of a multipart reply as they arrive, and puts the brake on when too much of it is unread.</summary>
internal sealed class StreamedReplies<TReply>(OpenFlowMessage request, int partLimit, long unreadByteLimit, ReadingBrake brake) : IReplySink
    where TReply : MultipartReply
{
    private readonly Channel<(TReply Part, int Length)> _parts = Channel.CreateUnbounded<(TReply, int)>();
    private readonly object _key = new();
    private long _unread;
    private int _count;
    private bool _abandoned;

    public bool Accept(OpenFlowFrame frame, int length)
    {
        switch (frame.Message)
        {
            case TReply part:
                return Add(part, length);
            case ErrorMessage error:
                _parts.Writer.TryComplete(new OpenFlowErrorException(request, error));
                return true;
            default:
                _parts.Writer.TryComplete(new UnexpectedReplyException($"{request.Name} answered by {frame.Message.Name}"));
                return true;
        }
    }

    public void Fail(Exception cause) => _parts.Writer.TryComplete(cause);

    /// <summary>Whether there is something to take: false when all has been taken.</summary>
    public Task<bool> WaitAsync() => _parts.Reader.WaitToReadAsync().AsTask();

    public bool TryTake([NotNullWhen(true)] out TReply? part)
    {
        if (!_parts.Reader.TryRead(out var next))
        {
            part = null;
            return false;
        }

        part = next.Part;
        if (Interlocked.Add(ref _unread, -next.Length) <= unreadByteLimit / 2)
        {
            brake.Release(_key);
        }

        return true;
    }

    /// <summary>The caller takes no more.</summary>
    public void Abandon()
    {
        Volatile.Write(ref _abandoned, true);
        brake.Release(_key);
    }

    private bool Add(TReply part, int length)
    {
        if (++_count > partLimit)
        {
            _parts.Writer.TryComplete(new UnexpectedReplyException($"{request.Name} answered by more than {partLimit} parts (endless MORE flag?)"));
            return true;
        }

        if (Interlocked.Add(ref _unread, length) > unreadByteLimit && !Volatile.Read(ref _abandoned))
        {
            brake.Pull(_key, () => Fail(new TimeoutException($"{request.Name}: its answer was not taken by the caller")));
        }

        _parts.Writer.TryWrite((part, length));
        if (!part.HasMore)
        {
            _parts.Writer.TryComplete();
        }

        return !part.HasMore;
    }
}

/// <summary>Holds the reading of a connection while a caller has too much unread. Safe for concurrent use.</summary>
internal sealed class ReadingBrake
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, Action> _held = [];
    private TaskCompletionSource? _released;

    /// <summary>Holds the reading until <see cref="Release"/> or the end of patience, when <paramref name="giveUp"/> is called.</summary>
    public void Pull(object key, Action giveUp)
    {
        lock (_lock)
        {
            _held[key] = giveUp;
            _released ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Release(object key)
    {
        lock (_lock)
        {
            if (_held.Remove(key) && _held.Count == 0)
            {
                _released?.TrySetResult();
                _released = null;
            }
        }
    }

    /// <summary>Whether the reading is held.</summary>
    public bool IsPulled
    {
        get
        {
            lock (_lock)
            {
                return _released is not null;
            }
        }
    }

    /// <summary>Waits while the reading is held. Who holds it longer than <paramref name="patience"/> loses his reply.</summary>
    public async Task WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        Task? released;
        lock (_lock)
        {
            released = _released?.Task;
        }

        try
        {
            await (released ?? Task.CompletedTask).WaitAsync(patience, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            KeyValuePair<object, Action>[] held;
            lock (_lock)
            {
                held = [.. _held];
                _held.Clear();
                _released = null;
            }

            foreach (var (_, giveUp) in held)
            {
                giveUp();
            }
        }
    }
}
