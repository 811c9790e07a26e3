namespace Metron.OpenFlow;

/// <summary>Who waits for which transaction number. Safe for concurrent use.</summary>
internal sealed class PendingReplies(uint nextTransaction)
{
    private const int GivenUpLimit = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, IReplySink> _sinks = [];
    private readonly List<ErrorAttribution> _attributions = [];
    private readonly Queue<uint> _givenUp = new();
    private uint _next = nextTransaction;
    private Exception? _closed;

    /// <summary>Whether an answer is still due.</summary>
    public bool Any
    {
        get
        {
            lock (_lock)
            {
                return _sinks.Count > 0;
            }
        }
    }

    /// <summary>Sets consecutive transaction numbers aside and returns the first. Never 0: switches use it for unsolicited messages.</summary>
    public uint Reserve(int count)
    {
        lock (_lock)
        {
            if (_next > uint.MaxValue - (uint)count || _next == 0)
            {
                _next = 1;
            }

            var first = _next;
            _next += (uint)count;
            return first;
        }
    }

    /// <exception cref="ConnectionClosedException">The connection is closed.</exception>
    public void Add(uint transaction, IReplySink sink)
    {
        lock (_lock)
        {
            ThrowIfClosed();
            _sinks[transaction] = sink;
        }
    }

    public void Remove(uint transaction)
    {
        lock (_lock)
        {
            if (_sinks.Remove(transaction))
            {
                GiveUp(transaction);
            }
        }
    }

    /// <summary>Whether a request with this number was given up lately, so that what is left of its reply may still come.</summary>
    public bool HasGivenUp(uint transaction)
    {
        lock (_lock)
        {
            return _givenUp.Contains(transaction);
        }
    }

    /// <exception cref="ConnectionClosedException">The connection is closed.</exception>
    public void Add(ErrorAttribution attribution)
    {
        lock (_lock)
        {
            ThrowIfClosed();
            _attributions.Add(attribution);
        }
    }

    public void Remove(ErrorAttribution attribution)
    {
        lock (_lock)
        {
            _attributions.Remove(attribution);
        }
    }

    /// <summary>Hands a message to who waits for it; false when nobody does.</summary>
    public bool TryDeliver(OpenFlowFrame frame, int length)
    {
        lock (_lock)
        {
            if (_sinks.TryGetValue(frame.TransactionId, out var sink))
            {
                if (sink.Accept(frame, length))
                {
                    _sinks.Remove(frame.TransactionId);
                    if (frame.Message is MultipartReply { HasMore: true })
                    {
                        GiveUp(frame.TransactionId);
                    }
                }

                return true;
            }

            if (frame.Message is ErrorMessage error)
            {
                foreach (var attribution in _attributions)
                {
                    if (attribution.TryAccept(frame.TransactionId, error))
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    /// <summary>Hands a part of a multipart reply to who collects parts as bytes; false when nobody does.</summary>
    public bool TryDeliverPart(uint transaction, ReadOnlySpan<byte> part, bool hasMore)
    {
        lock (_lock)
        {
            if (!_sinks.TryGetValue(transaction, out var sink) || sink is not IPartSink parts)
            {
                return false;
            }

            if (parts.AcceptPart(part, hasMore))
            {
                _sinks.Remove(transaction);
                if (hasMore)
                {
                    GiveUp(transaction);
                }
            }

            return true;
        }
    }

    /// <summary>Fails whoever waits for this transaction; false when nobody does.</summary>
    public bool TryFail(uint transaction, Exception cause)
    {
        lock (_lock)
        {
            if (!_sinks.Remove(transaction, out var sink))
            {
                return false;
            }

            sink.Fail(cause);
            GiveUp(transaction);
            return true;
        }
    }

    /// <summary>Fails all who wait, and all who will.</summary>
    public void Close(ConnectionClosedException cause)
    {
        lock (_lock)
        {
            _closed ??= cause;
            foreach (var sink in _sinks.Values)
            {
                sink.Fail(_closed);
            }

            _sinks.Clear();
            _attributions.Clear();
        }
    }

    private void GiveUp(uint transaction)
    {
        if (_givenUp.Count == GivenUpLimit)
        {
            _givenUp.Dequeue();
        }

        _givenUp.Enqueue(transaction);
    }

    private void ThrowIfClosed()
    {
        if (_closed is not null)
        {
            throw new ConnectionClosedException(_closed.Message, _closed);
        }
    }
}
