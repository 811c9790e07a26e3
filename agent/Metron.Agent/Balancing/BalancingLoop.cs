using Metron.Agent.Configuration;
using Metron.Balancing;
using Microsoft.Extensions.Logging;

namespace Metron.Agent.Balancing;

/// <summary>The balancer of the server: measures, decides, acts, and keeps what others ask about. One tick after the other.</summary>
internal sealed class BalancingLoop : IDisposable
{
    private readonly BalancingConfiguration _configuration;
    private readonly IFlowGroups _groups;
    private readonly Func<WorkerLimits> _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly LoadMeasurement _measurement;
    private readonly LoadReader _reader;
    private readonly Balancer _balancer;
    private readonly Lock _lock = new();
    private TickRecorder? _recorder;
    private BalancerState _state = new();
    private long _lastTick;

    /// <param name="configuration">What the balancer is told.</param>
    /// <param name="groups">The flow groups.</param>
    /// <param name="limits">Tells how many workers shall be in use now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="IOException">The recording cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The recording may not be written.</exception>
    public BalancingLoop(BalancingConfiguration configuration, IFlowGroups groups, Func<WorkerLimits> limits, TimeProvider time, ILogger log)
    {
        (_configuration, _groups, _limits, _time, _log) = (configuration, groups, limits, time, log);
        Settings = configuration.ToSettings();
        var workers = Enumerable.Repeat(BalanceWorker.Nominal, groups.Workers).ToArray();
        _measurement = new LoadMeasurement(groups.Groups, groups.Workers);
        _reader = new LoadReader(groups.Groups, Array.ConvertAll(workers, worker => worker.Capacity), Settings.Load);
        _balancer = new Balancer(groups.Groups, workers, Settings);
        _recorder = configuration.Recording is { } file ? new TickRecorder(file, configuration.RecordingBytes, groups.Groups, workers, Settings) : null;
        _lastTick = time.GetTimestamp();
    }

    /// <summary>What the balancer was told.</summary>
    public BalancerSettings Settings { get; }

    /// <summary>What is done with decisions.</summary>
    public BalancingMode Mode => _configuration.Mode;

    /// <summary>The NIC's kind.</summary>
    public string NicKind => _groups.NicKind;

    /// <summary>File that ticks are recorded to; null for none, or when it could not be written any more.</summary>
    public string? Recording => _recorder is null ? null : _configuration.Recording;

    /// <summary>Ticks until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(_balancer.IntervalSeconds), _time, stop);
                await TickAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // Whatever it is, flow groups that are not moved are served where they are.
                AgentLog.BalancerTickFailed(_log, failure.Message);
            }
        }
    }

    /// <summary>The state as it is, with the longest move since the call before.</summary>
    public BalancerState TakeState()
    {
        lock (_lock)
        {
            var state = _state;
            _state = state with { LongestMove = TimeSpan.Zero };
            return state;
        }
    }

    /// <summary>One tick.</summary>
    public async Task TickAsync(CancellationToken stop)
    {
        _groups.Measure(_measurement);
        var now = _time.GetTimestamp();
        var seconds = Math.Max(_time.GetElapsedTime(_lastTick, now).TotalSeconds, 1e-6);
        _lastTick = now;
        var limits = _limits();
        var decision = _balancer.Tick(_reader.Read(_measurement, seconds) with { MinimumWorkers = limits.Minimum, MaximumWorkers = limits.Maximum });
        var report = await ActAsync(decision, stop);
        Keep(decision, report);
        Record();
    }

    /// <inheritdoc/>
    public void Dispose() => _recorder?.Dispose();

    private async Task<MoveReport?> ActAsync(BalancerDecision decision, CancellationToken stop)
    {
        if (decision.Moves.Length == 0 || _configuration.Mode != BalancingMode.Auto)
        {
            return null;
        }

        try
        {
            return await _groups.MoveAsync(decision.Moves, stop);
        }
        catch (Exception failure) when (failure is not (OutOfMemoryException or OperationCanceledException))
        {
            return new MoveReport(0, decision.Moves.Length, failure.Message, TimeSpan.Zero);
        }
    }

    private void Keep(BalancerDecision decision, MoveReport? report)
    {
        if (report is { Cancelled: > 0 })
        {
            AgentLog.MovesCancelled(_log, report.Cancelled, decision.Moves.Length, report.Problem);
        }

        foreach (var elephant in decision.Elephants.Except(_state.Elephants))
        {
            AgentLog.Elephant(_log, elephant, _balancer.GroupLoads[elephant]);
        }

        var view = new DecisionView(decision, _time.GetUtcNow(), Outcome(decision, report));
        var workers = decision.Workers.Select((worker, index) => new WorkerView(
            worker.State, decision.WorkerLoads[index] / worker.Capacity, double.IsNaN(_measurement.QueueFill[index]) ? 0 : _measurement.QueueFill[index]));
        var ended = _balancer.Log.LastEnded;
        lock (_lock)
        {
            var decisions = _state.Decisions.Select(old => ended is not null && old.Decision.Number == ended.Number ? old with { Decision = ended } : old);
            _state = _state with
            {
                Ticks = (ulong)decision.Number,
                Owners = [.. decision.Sample.Owners],
                GroupLoads = [.. _balancer.GroupLoads],
                Workers = [.. workers],
                SquaredImbalance = decision.Plan.ImbalanceBefore,
                Elephants = [.. decision.Elephants],
                Moves = _state.Moves + (ulong)(report?.Moved ?? 0),
                CancelledMoves = _state.CancelledMoves + (ulong)(report?.Cancelled ?? 0),
                LongestMove = report is not null && report.Longest > _state.LongestMove ? report.Longest : _state.LongestMove,
                Decisions = [view, .. decisions.Take(BalancerState.KeptDecisions - 1)],
            };
        }
    }

    private string Outcome(BalancerDecision decision, MoveReport? report) => (decision.Moves.Length, report, _configuration.Mode) switch
    {
        (0, _, _) => "nothing to do",
        (_, null, _) => "suggested",
        (_, { Cancelled: 0 }, _) => "moved",
        var (moves, done, _) => $"{done.Cancelled} of {moves} cancelled: {done.Problem}",
    };

    private void Record()
    {
        if (_recorder is null || _balancer.Log.LastEnded is not { } ended)
        {
            return;
        }

        try
        {
            _recorder.Write(ended, _balancer.Workers);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            AgentLog.RecordingEnded(_log, _configuration.Recording!, failure.Message);
            _recorder.Dispose();
            _recorder = null;
        }
    }
}
