namespace Metron.Balancing;

/// <summary>
/// One server's balancer: from each interval's load it decides how many workers there are and which flow groups move. Pure: what it knows came in
/// with earlier samples, and the same samples get the same decisions. Not thread-safe, but <see cref="Log"/> is.
/// </summary>
public sealed class Balancer
{
    private readonly BalancerSettings _settings;
    private readonly FlowGroupBalancer _solver;
    private readonly WorkerScaler _scaler;
    private readonly LoadSmoother _smoother;
    private readonly BalanceWorker[] _workers;
    private readonly double[] _loads;
    private readonly byte[] _resting;
    private readonly FlowGroupMove[] _moves;
    private double _interval;
    private long _number;

    /// <summary>Makes one.</summary>
    /// <param name="groups">Number of flow groups: 1 to 65,536.</param>
    /// <param name="workers">The workers with their first states; their base loads come with samples.</param>
    /// <param name="settings">What it shall do.</param>
    /// <param name="logged">Decisions that are kept in <see cref="Log"/>.</param>
    public Balancer(int groups, ReadOnlySpan<BalanceWorker> workers, BalancerSettings settings, int logged = 64)
    {
        _settings = settings;
        _workers = workers.ToArray();
        _solver = new FlowGroupBalancer(groups, workers.Length);
        _scaler = new WorkerScaler(settings.Scaling);
        _smoother = new LoadSmoother(groups, workers.Length, settings.Load);
        (_loads, _resting, _moves) = (new double[workers.Length], new byte[groups], new FlowGroupMove[groups]);
        _interval = settings.Interval.MinimumSeconds;
        Log = new DecisionLog(logged);
    }

    /// <summary>The last decisions and what came of them.</summary>
    public DecisionLog Log { get; }

    /// <summary>When the next tick is due, in seconds after the last.</summary>
    public double IntervalSeconds => _interval;

    /// <summary>The workers as the last tick left them.</summary>
    public ReadOnlySpan<BalanceWorker> Workers => _workers;

    /// <summary>Smoothed load per flow group in nominal cores.</summary>
    public ReadOnlySpan<double> GroupLoads => _smoother.Groups;

    /// <summary>Decides.</summary>
    /// <param name="sample">Load since the last tick.</param>
    /// <exception cref="ArgumentException">The sample has other numbers of flow groups or workers, an unknown owner, or loads that are negative or not finite.</exception>
    public BalancerDecision Tick(LoadSample sample)
    {
        ThrowIfWrong(sample);
        var outcome = Judge(sample);
        _smoother.Add(sample);
        SeeWorkers(sample);
        var loads = (double[])_loads.Clone();
        var states = (BalanceWorker[])_workers.Clone();
        var scaling = _scaler.Decide(
            _workers, sample.Health, _loads, sample.LatencyMicroseconds, sample.Seconds, sample.MinimumWorkers, sample.MaximumWorkers);
        Rest();
        var problem = new BalanceProblem(_smoother.Groups, sample.Owners, _workers) { Resting = _resting };
        var total = TotalImbalance();
        var (alternatives, plan) = Compare(problem, scaling, states);
        if (plan.Moves == 0)
        {
            plan = FillEmptyWorkers(problem, plan);
        }

        var moves = _moves.AsSpan(0, plan.Moves).ToArray();
        foreach (var move in moves)
        {
            _resting[move.Group] = _settings.RestTicks;
        }

        _interval = _settings.Interval.After(_interval, total, moves.Length > 0 || scaling.Added > 0 || scaling.Removed >= 0);
        var decision = new BalancerDecision(
            ++_number, sample, (BalanceWorker[])_workers.Clone(), loads, scaling, Park(sample.Owners), plan, moves,
            _solver.Elephants.ToArray(), alternatives, _interval, Outcome: null);
        Log.Add(decision, outcome);
        return decision;
    }

    private void ThrowIfWrong(LoadSample sample)
    {
        if (sample.Groups.Length != _resting.Length || sample.Owners.Length != _resting.Length
            || sample.Bases.Length != _workers.Length || sample.Health.Length != _workers.Length)
        {
            throw new ArgumentException($"a sample of {sample.Groups.Length} flow groups and {sample.Bases.Length} workers for a balancer of {_resting.Length} and {_workers.Length}");
        }

        if (sample.Groups.Concat(sample.Bases).Any(load => !(load >= 0 && double.IsFinite(load))) || sample.Owners.Any(owner => owner >= _workers.Length))
        {
            throw new ArgumentException("a load is negative or not finite, or an owner does not exist");
        }
    }

    private Outcome? Judge(LoadSample sample) => Log.Last is not { } last
        ? null
        : new Outcome(
            last.Plan.ImbalanceAfter,
            Imbalance.Squared(sample.WorkerLoads(), _workers),
            last.Moves.Count(move => sample.Owners[move.Group] != move.To));

    private void SeeWorkers(LoadSample sample)
    {
        for (var worker = 0; worker < _workers.Length; worker++)
        {
            var state = (_workers[worker].State, sample.Health[worker]) switch
            {
                (WorkerState.Active or WorkerState.Frozen, WorkerHealth.Dead) => WorkerState.Draining,
                (WorkerState.Active, WorkerHealth.Stalled) => WorkerState.Frozen,
                (WorkerState.Frozen, WorkerHealth.Well) => WorkerState.Active,
                (var same, _) => same,
            };
            _loads[worker] = _smoother.Bases[worker];
            _workers[worker] = _workers[worker] with { BaseLoad = _smoother.Bases[worker], State = state };
        }

        for (var group = 0; group < sample.Owners.Length; group++)
        {
            _loads[sample.Owners[group]] += _smoother.Groups[group];
        }
    }

    private void Rest()
    {
        for (var group = 0; group < _resting.Length; group++)
        {
            _resting[group] -= (byte)(_resting[group] > 0 ? 1 : 0);
        }
    }

    private double TotalImbalance()
    {
        var mean = Imbalance.Mean(_loads, _workers);
        var total = 0.0;
        for (var worker = 0; worker < _workers.Length; worker++)
        {
            total += _workers[worker].Counts ? Math.Abs((_loads[worker] / _workers[worker].Capacity) - mean) : 0;
        }

        return total;
    }

    // The plan is made last, so that its moves are the ones that stand in the array.
    private (Alternative[] Alternatives, BalanceSummary Plan) Compare(in BalanceProblem problem, in ScalingDecision scaling, BalanceWorker[] before)
    {
        var plan = _solver.Plan(problem, _settings.Solver, _moves);
        List<Alternative> found =
        [
            new("stay", plan.ImbalanceBefore, 0, plan.HighestBefore),
            new("plan", plan.ImbalanceAfter, plan.Moves, plan.HighestAfter),
        ];
        if (plan.Moves > 1)
        {
            var half = _solver.Plan(problem, _settings.Solver with { MaximumMoves = plan.Moves / 2 }, _moves);
            found.Add(new("half the moves", half.ImbalanceAfter, half.Moves, half.HighestAfter));
            plan = _solver.Plan(problem, _settings.Solver, _moves);
        }

        if (_settings.Scaling.Enabled)
        {
            var counting = before.Where(worker => worker.Counts).ToList();
            var load = scaling.Utilisation * counting.Sum(worker => worker.Capacity);
            var usual = counting.Count > 0 ? counting.Average(worker => worker.Capacity) : 1;
            foreach (var (name, number) in new[] { ("one worker less", counting.Count - 1), ("one worker more", counting.Count + 1) })
            {
                if (number >= Math.Max(1, _scaler.Minimum) && number <= Math.Min(before.Length, _scaler.Maximum))
                {
                    found.Add(new(name, double.NaN, 0, load / (number * usual)));
                }
            }
        }

        return ([.. found], plan);
    }

    private BalanceSummary FillEmptyWorkers(in BalanceProblem problem, in BalanceSummary plan)
    {
        var count = EmptyWorkers.Fill(problem, _settings.Solver.MaximumMoves, _moves);
        if (count == 0)
        {
            return plan;
        }

        var (loads, moved) = ((double[])_loads.Clone(), 0.0);
        foreach (var move in _moves.AsSpan(0, count))
        {
            var load = problem.GroupLoads[move.Group];
            (loads[move.From], loads[move.To], moved) = (loads[move.From] - load, loads[move.To] + load, moved + load);
        }

        var highest = 0.0;
        for (var worker = 0; worker < loads.Length; worker++)
        {
            highest = _workers[worker].Counts ? Math.Max(highest, loads[worker] / _workers[worker].Capacity) : highest;
        }

        return plan with { Moves = count, MovedLoad = moved, ImbalanceAfter = Imbalance.Squared(loads, _workers), HighestAfter = highest };
    }

    private int[] Park(ushort[] owners)
    {
        var parked = new List<int>();
        for (var worker = 0; worker < _workers.Length; worker++)
        {
            if (_workers[worker].State == WorkerState.Draining && !owners.Contains((ushort)worker))
            {
                _workers[worker] = _workers[worker] with { State = WorkerState.Parked };
                parked.Add(worker);
            }
        }

        return [.. parked];
    }
}
