namespace Metron.OpenFlow;

/// <summary>
/// Looks after one connection by a timer of its own: asks a silent switch for an echo, and ends the connection when the switch stays silent, when it
/// takes no bytes, or when it begins a message and does not finish it.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    /// <summary>Transaction number of these echoes; requests never use it.</summary>
    public const uint Transaction = 0;

    private const int ChecksPerLimit = 4;

    private readonly OpenFlowConnectionOptions _options;
    private readonly Func<bool> _isBusy;
    private readonly Func<Task> _sendEcho;
    private readonly Action<CloseCause, string> _giveUp;
    private readonly ITimer _timer;
    private readonly TimeSpan _period;
    private readonly Lock _lock = new();
    private long _lastReceived;
    private long _echoSent;
    private long? _writingSince;
    private long _writing;
    private long? _messageSince;
    private long _messageGot;
    private Task _echo = Task.CompletedTask;

    public Watchdog(OpenFlowConnectionOptions options, Func<bool> isBusy, Func<Task> sendEcho, Action<CloseCause, string> giveUp)
    {
        _options = options;
        _isBusy = isBusy;
        _sendEcho = sendEcho;
        _giveUp = giveUp;
        var shortest = new[] { options.EchoInterval, options.EchoTimeout, options.SendTimeout, options.MessageTimeout }.Min();
        _period = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, shortest.Ticks / ChecksPerLimit));
        _lastReceived = Now;
        _timer = options.TimeProvider.CreateTimer(_ => Check(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private long Now => _options.TimeProvider.GetTimestamp();

    public void Start()
    {
        Volatile.Write(ref _lastReceived, Now);
        _timer.Change(_period, _period);
    }

    /// <summary>The peer said something.</summary>
    public void Received() => Volatile.Write(ref _lastReceived, Now);

    /// <summary>The peer answered this side's echo.</summary>
    public void Echoed()
    {
        if (Interlocked.Exchange(ref _echoSent, 0) is var sent and not 0)
        {
            OpenFlowMetrics.Echoed(sent, _options.TimeProvider);
        }
    }

    /// <summary>All that has come was handled, but for the beginning of a message.</summary>
    /// <param name="got">Bytes of the message that have come; 0 for none.</param>
    /// <param name="advanced">Whether messages before it came with them.</param>
    public void Handled(long got, bool advanced)
    {
        lock (_lock)
        {
            _messageGot = got;
            _messageSince = got == 0 ? null : advanced ? Now : _messageSince ?? Now;
        }
    }

    /// <summary>So many bytes are on their way to the socket.</summary>
    public void Writing(long bytes)
    {
        lock (_lock)
        {
            _writing = bytes;
            _writingSince = Now;
        }
    }

    /// <summary>The socket has taken them.</summary>
    public void Written()
    {
        lock (_lock)
        {
            _writingSince = null;
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Check()
    {
        if (FindStall() is { } stall)
        {
            _giveUp(CloseCause.Stalled, stall);
            return;
        }

        var silence = _options.TimeProvider.GetElapsedTime(Volatile.Read(ref _lastReceived));
        if (silence < _options.EchoInterval)
        {
            return;
        }

        var limit = _options.EchoInterval + _options.EchoTimeout;
        if (_isBusy() && _options.RequestTimeout > limit)
        {
            limit = _options.RequestTimeout;
        }

        if (silence >= limit)
        {
            _giveUp(CloseCause.Silence, $"no answer to echo, silent for {silence.TotalSeconds:0.#} s");
        }
        else if (_echo.IsCompleted)
        {
            Interlocked.CompareExchange(ref _echoSent, Now, 0);
            _echo = _sendEcho();
        }
    }

    private string? FindStall()
    {
        lock (_lock)
        {
            if (_writingSince is { } writing && _options.TimeProvider.GetElapsedTime(writing) is var held && held >= _options.SendTimeout)
            {
                return $"the switch does not read: {_writing} bytes not taken for {held.TotalSeconds:0.#} s";
            }

            return _messageSince is { } began && _options.TimeProvider.GetElapsedTime(began) is var unfinished && unfinished >= _options.MessageTimeout
                ? $"message not finished within {unfinished.TotalSeconds:0.#} s, {_messageGot} bytes of it had come"
                : null;
        }
    }
}
