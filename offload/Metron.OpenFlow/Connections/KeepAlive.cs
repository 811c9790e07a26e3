namespace Metron.OpenFlow;

/// <summary>Asks a silent peer for an echo, and gives it up when it stays silent.</summary>
internal sealed class KeepAlive : IAsyncDisposable
{
    /// <summary>Transaction number of these echoes; requests never use it.</summary>
    public const uint Transaction = 0;

    private readonly OpenFlowConnectionOptions _options;
    private readonly Func<bool> _isBusy;
    private readonly Func<Task> _sendEcho;
    private readonly Action<string> _giveUp;
    private readonly ITimer _timer;
    private readonly TimeSpan _period;
    private long _lastReceived;
    private Task _echo = Task.CompletedTask;

    public KeepAlive(OpenFlowConnectionOptions options, Func<bool> isBusy, Func<Task> sendEcho, Action<string> giveUp)
    {
        _options = options;
        _isBusy = isBusy;
        _sendEcho = sendEcho;
        _giveUp = giveUp;
        _period = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, Math.Min(options.EchoInterval.Ticks, options.EchoTimeout.Ticks) / 4));
        _lastReceived = options.TimeProvider.GetTimestamp();
        _timer = options.TimeProvider.CreateTimer(_ => Check(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Start() => _timer.Change(_period, _period);

    /// <summary>The peer said something.</summary>
    public void Received() => Volatile.Write(ref _lastReceived, _options.TimeProvider.GetTimestamp());

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Check()
    {
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
            _giveUp($"no answer to echo, silent for {silence.TotalSeconds:0.#} s");
        }
        else if (_echo.IsCompleted)
        {
            _echo = _sendEcho();
        }
    }
}
