namespace Metron.Balancing;

/// <summary>
/// Decides which flow groups change their worker: least squared imbalance first, then few and light moves. Made for a largest size once; a plan
/// allocates nothing and the same problem always gets the same plan. Not thread-safe.
/// </summary>
public sealed class FlowGroupBalancer
{
    private readonly Assignment _assignment;
    private readonly Aims _aims;
    private readonly LocalSearch _search;
    private readonly Relocation _relocation;
    private readonly Restarts _restarts;
    private readonly ushort[] _elephants;
    private int _elephantCount;

    /// <summary>Makes the arrays.</summary>
    /// <param name="maximumGroups">Most flow groups that a problem will have: 1 to 65,536.</param>
    /// <param name="maximumWorkers">Most workers that a problem will have: 1 to 65,536.</param>
    public FlowGroupBalancer(int maximumGroups, int maximumWorkers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumGroups, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maximumGroups, 1 << 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumWorkers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maximumWorkers, 1 << 16);
        (MaximumGroups, MaximumWorkers) = (maximumGroups, maximumWorkers);
        _assignment = new Assignment(maximumGroups, maximumWorkers);
        _aims = new Aims(maximumWorkers);
        _search = new LocalSearch(_assignment, _aims, maximumWorkers);
        _relocation = new Relocation(_assignment);
        _restarts = new Restarts(_assignment, _search, maximumGroups, maximumWorkers);
        _elephants = new ushort[maximumGroups];
    }

    /// <summary>Most flow groups that a problem may have.</summary>
    public int MaximumGroups { get; }

    /// <summary>Most workers that a problem may have.</summary>
    public int MaximumWorkers { get; }

    /// <summary>Flow groups of the last problem that alone fill a worker (<see cref="BalanceSettings.ElephantShare"/>): no move helps, only a finer division of its traffic.</summary>
    public ReadOnlySpan<ushort> Elephants => _elephants.AsSpan(0, _elephantCount);

    /// <summary>Plans moves.</summary>
    /// <param name="problem">What is to be balanced.</param>
    /// <param name="settings">How balance is weighed against moves.</param>
    /// <param name="moves">Receives the moves, in ascending order of flow groups; as long as the problem has flow groups.</param>
    /// <returns>What the plan does; its first <see cref="BalanceSummary.Moves"/> entries of <paramref name="moves"/> are valid.</returns>
    /// <exception cref="ArgumentException">Spans do not fit each other or the balancer, an owner does not exist, or a number is out of its range.</exception>
    public BalanceSummary Plan(in BalanceProblem problem, BalanceSettings settings, Span<FlowGroupMove> moves)
    {
        ProblemCheck.ThrowIfWrong(problem, this, moves.Length);
        _assignment.Read(problem, settings);
        var (imbalance, highest) = (_assignment.SquaredImbalance(), _assignment.Highest());
        _search.Begin(settings, imbalance);
        FindElephants(settings);
        var end = Decide(settings);
        var (count, load) = Write(moves);
        return new BalanceSummary(
            imbalance, _assignment.SquaredImbalance(), _aims.SquaredImbalance, _assignment.Mean, highest, _assignment.Highest(),
            count, load, _elephantCount, end, _search.Steps);
    }

    private BalanceEnd Decide(BalanceSettings settings)
    {
        var takers = 0;
        foreach (var state in _assignment.States)
        {
            takers += state == WorkerState.Active ? 1 : 0;
        }

        if (takers == 0)
        {
            return BalanceEnd.NoChoice;
        }

        var emptied = _relocation.EmptyDraining();
        if (takers == 1)
        {
            _aims.Fill(_assignment);
            return BalanceEnd.NoChoice;
        }

        var isolated = _relocation.Isolate(Elephants, settings);
        if (!emptied && !isolated && IsWithin(settings.Threshold))
        {
            return BalanceEnd.WithinThreshold;
        }

        _search.Improve(exchanges: false);
        _search.Improve(exchanges: true);
        _restarts.Run(settings);
        _search.TakeBack();
        return _assignment.SquaredImbalance() <= _search.Enough ? BalanceEnd.Precise
            : _search.IsExhausted ? BalanceEnd.SearchLimit
            : _search.HitMoveLimit ? BalanceEnd.MoveLimit
            : BalanceEnd.NothingBetter;
    }

    // Many small distances from the aims add up where the aims differ.
    private bool IsWithin(double threshold)
    {
        var counting = 0;
        for (var worker = 0; worker < _assignment.Workers; worker++)
        {
            counting += _assignment.Counts(worker) ? 1 : 0;
        }

        return _aims.Fill(_assignment) <= threshold && _assignment.SquaredImbalance() - _aims.SquaredImbalance <= counting * threshold * threshold;
    }

    private void FindElephants(BalanceSettings settings)
    {
        _elephantCount = 0;
        var loads = _assignment.Loads;
        var owners = _assignment.Owners;
        var capacities = _assignment.Capacities;
        for (var group = 0; group < loads.Length; group++)
        {
            if (loads[group] > settings.ElephantShare * capacities[owners[group]])
            {
                _elephants[_elephantCount++] = (ushort)group;
            }
        }
    }

    private (int Count, double Load) Write(Span<FlowGroupMove> moves)
    {
        var (count, load) = (0, 0.0);
        var homes = _assignment.Homes;
        var owners = _assignment.Owners;
        for (var group = 0; group < homes.Length; group++)
        {
            if (homes[group] != owners[group])
            {
                moves[count++] = new FlowGroupMove((ushort)group, (ushort)homes[group], (ushort)owners[group]);
                load += _assignment.Load(group);
            }
        }

        return (count, load);
    }
}
