namespace Metron.Balancing;

/// <summary>
/// Decides how many workers are active. Workers are added at once when load or latency has been too high, as many as the target needs; one is
/// removed when the others have long been enough for the target less a margin. Under constant load it comes to rest: what was added for the target is not
/// enough for the margin, and after an addition for latency nothing is removed before load has fallen (<see cref="ScalingSettings.Regret"/>). Not thread-safe.
/// </summary>
public sealed class WorkerScaler(ScalingSettings settings)
{
    private double _highFor;
    private double _spareFor;

    // Highest load since workers were added for latency; 0 when that is over.
    private double _highestSince;

    /// <summary>Fewest workers by the last decision.</summary>
    public int Minimum { get; private set; } = settings.Minimum;

    /// <summary>Most workers by the last decision.</summary>
    public int Maximum { get; private set; } = settings.Maximum;

    /// <summary>Decides, and changes states: to <see cref="WorkerState.Active"/> of those added, to <see cref="WorkerState.Draining"/> of the one removed.</summary>
    /// <param name="workers">The workers; dead ones are left out by their <paramref name="health"/>.</param>
    /// <param name="health">How each worker is.</param>
    /// <param name="loads">Load of each worker in nominal cores, base load included.</param>
    /// <param name="latencyMicroseconds">Latency; NaN if not measured.</param>
    /// <param name="seconds">Time since the call before.</param>
    /// <param name="minimum">Fewest workers now; 0: as in the settings.</param>
    /// <param name="maximum">Most workers now; 0: as in the settings.</param>
    public ScalingDecision Decide(
        Span<BalanceWorker> workers,
        ReadOnlySpan<WorkerHealth> health,
        ReadOnlySpan<double> loads,
        double latencyMicroseconds,
        double seconds,
        int minimum = 0,
        int maximum = 0)
    {
        (Minimum, Maximum) = (minimum > 0 ? minimum : settings.Minimum, maximum > 0 ? maximum : settings.Maximum);
        var (active, load, capacity) = (0, 0.0, 0.0);
        for (var worker = 0; worker < workers.Length; worker++)
        {
            active += workers[worker].Counts ? 1 : 0;
            capacity += workers[worker].Counts ? workers[worker].Capacity : 0;
            load += workers[worker].Counts ? loads[worker] : loads[worker] - workers[worker].BaseLoad;
        }

        _highestSince = load < _highestSince * (1 - settings.Regret) ? 0 : _highestSince > 0 ? Math.Max(_highestSince, load) : 0;
        var now = new State(active, load, capacity, latencyMicroseconds);
        var removable = Removable(workers, loads);
        var without = capacity - (removable >= 0 ? workers[removable].Capacity : 0);
        var high = IsTooHigh(now);
        _highFor = high ? _highFor + seconds : 0;
        _spareFor = !high && removable >= 0 && IsEnough(now, without) ? _spareFor + seconds : 0;
        if (!settings.Enabled)
        {
            return new ScalingDecision(ScalingReason.Right, 0, -1, now.Utilisation, now.Utilisation);
        }

        if (active < Minimum)
        {
            return Add(workers, health, now, ScalingReason.BelowMinimum);
        }

        if (active > Maximum && removable >= 0)
        {
            return Remove(workers, removable, now, without, ScalingReason.AboveMaximum);
        }

        if (high)
        {
            return _highFor < settings.AddSeconds
                ? Stay(now, ScalingReason.Waiting)
                : Add(workers, health, now, now.Utilisation > settings.Target ? ScalingReason.AboveTarget : ScalingReason.AboveLatency);
        }

        if (_spareFor == 0 || active <= Minimum)
        {
            return Stay(now, ScalingReason.Right);
        }

        return _spareFor < settings.RemoveSeconds || _highestSince > 0
            ? Stay(now, ScalingReason.Waiting)
            : Remove(workers, removable, now, without, ScalingReason.Spare);
    }

    private bool IsTooHigh(in State now) =>
        now.Active == 0 || now.Utilisation > settings.Target || (settings.LatencyMicroseconds > 0 && now.Latency > settings.LatencyMicroseconds);

    // Waiting time grows as 1 / (1 - utilisation), as in any queue with random arrivals (Kleinrock, Queueing Systems 1, 1975).
    private bool IsEnough(in State now, double capacity)
    {
        var after = capacity > 0 ? now.Load / capacity : double.PositiveInfinity;
        if (after > settings.Target - settings.RemoveMargin)
        {
            return false;
        }

        return !(settings.LatencyMicroseconds > 0 && now.Latency * (1 - now.Utilisation) / (1 - after) > settings.LatencyMicroseconds / 2);
    }

    private static ScalingDecision Stay(in State now, ScalingReason reason) => new(reason, 0, -1, now.Utilisation, now.Utilisation);

    // The one with the least to move away; the last of equals, so that the first workers are the ones that stay.
    private static int Removable(ReadOnlySpan<BalanceWorker> workers, ReadOnlySpan<double> loads)
    {
        var (best, least) = (-1, double.PositiveInfinity);
        for (var worker = 0; worker < workers.Length; worker++)
        {
            if (workers[worker].State == WorkerState.Active && loads[worker] - workers[worker].BaseLoad <= least)
            {
                (best, least) = (worker, loads[worker] - workers[worker].BaseLoad);
            }
        }

        return best;
    }

    private ScalingDecision Remove(Span<BalanceWorker> workers, int worker, in State now, double capacity, ScalingReason reason)
    {
        _spareFor = 0;
        workers[worker] = workers[worker] with { State = WorkerState.Draining };
        return new ScalingDecision(reason, 0, worker, now.Utilisation, now.Load / capacity);
    }

    private ScalingDecision Add(Span<BalanceWorker> workers, ReadOnlySpan<WorkerHealth> health, in State now, ScalingReason reason)
    {
        var (added, capacity) = (0, now.Capacity);
        do
        {
            var worker = now.Active + added < Maximum ? Addable(workers, health) : -1;
            if (worker < 0)
            {
                break;
            }

            workers[worker] = workers[worker] with { State = WorkerState.Active };
            capacity += workers[worker].Capacity;
            added++;
        }
        while (now.Active + added < Minimum || now.Load > settings.Target * capacity);
        if (added == 0)
        {
            return Stay(now, ScalingReason.NoneLeft);
        }

        (_highFor, _spareFor) = (0, 0);
        _highestSince = reason == ScalingReason.AboveLatency ? now.Load : _highestSince;
        return new ScalingDecision(reason, added, -1, now.Utilisation, now.Load / capacity);
    }

    // First one that still drains, since its flow groups are there; then a parked one on the node where most workers are active.
    private static int Addable(ReadOnlySpan<BalanceWorker> workers, ReadOnlySpan<WorkerHealth> health)
    {
        var (best, highest) = (-1, -1);
        for (var worker = 0; worker < workers.Length; worker++)
        {
            if (workers[worker].Counts || health[worker] != WorkerHealth.Well)
            {
                continue;
            }

            var neighbours = workers[worker].State == WorkerState.Draining ? workers.Length : 0;
            foreach (var other in workers)
            {
                neighbours += other.Counts && other.Node == workers[worker].Node ? 1 : 0;
            }

            if (neighbours > highest)
            {
                (best, highest) = (worker, neighbours);
            }
        }

        return best;
    }

    private readonly record struct State(int Active, double Load, double Capacity, double Latency)
    {
        public double Utilisation => Capacity > 0 ? Load / Capacity : 0;
    }
}
