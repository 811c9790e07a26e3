namespace Metron.Balancing;

/// <summary>
/// Who owns which flow group while the solver searches: loads per worker, and per worker a list of the flow groups that may move, the largest
/// first. Arrays are made once and used again for each plan.
/// </summary>
internal sealed class Assignment
{
    /// <summary>End of a list.</summary>
    public const int None = -1;

    private readonly double[] _loads;
    private readonly int[] _owners;
    private readonly int[] _homes;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly LoadOrder _order;

    private readonly double[] _totals;
    private readonly double[] _fixed;
    private readonly double[] _capacities;
    private readonly double[] _inverses;
    private readonly double[] _deviations;
    private readonly int[] _heads;
    private readonly int[] _counts;
    private readonly ushort[] _nodes;
    private readonly WorkerState[] _states;
    private BalanceSettings _settings = BalanceSettings.Default;

    public Assignment(int maximumGroups, int maximumWorkers)
    {
        (_loads, _owners, _homes) = (new double[maximumGroups], new int[maximumGroups], new int[maximumGroups]);
        (_next, _previous) = (new int[maximumGroups], new int[maximumGroups]);
        _order = new LoadOrder(maximumGroups);
        (_totals, _fixed, _capacities) = (new double[maximumWorkers], new double[maximumWorkers], new double[maximumWorkers]);
        (_inverses, _deviations) = (new double[maximumWorkers], new double[maximumWorkers]);
        (_heads, _counts) = (new int[maximumWorkers], new int[maximumWorkers]);
        (_nodes, _states) = (new ushort[maximumWorkers], new WorkerState[maximumWorkers]);
    }

    public int Groups { get; private set; }

    public int Workers { get; private set; }

    /// <summary>All load over the capacity of the counting workers.</summary>
    public double Mean { get; private set; }

    /// <summary>Flow groups that are not at home.</summary>
    public int Moves { get; private set; }

    /// <summary>Load of each flow group.</summary>
    public ReadOnlySpan<double> Loads => _loads.AsSpan(0, Groups);

    /// <summary>Worker of each flow group now.</summary>
    public ReadOnlySpan<int> Owners => _owners.AsSpan(0, Groups);

    /// <summary>Worker of each flow group before the plan.</summary>
    public ReadOnlySpan<int> Homes => _homes.AsSpan(0, Groups);

    /// <summary>Load / capacity less the mean, of each worker.</summary>
    public ReadOnlySpan<double> Deviations => _deviations.AsSpan(0, Workers);

    /// <summary>1 / capacity of each worker.</summary>
    public ReadOnlySpan<double> Inverses => _inverses.AsSpan(0, Workers);

    /// <summary>The part of each worker's load that cannot move.</summary>
    public ReadOnlySpan<double> Fixed => _fixed.AsSpan(0, Workers);

    public ReadOnlySpan<double> Totals => _totals.AsSpan(0, Workers);

    public ReadOnlySpan<double> Capacities => _capacities.AsSpan(0, Workers);

    public ReadOnlySpan<WorkerState> States => _states.AsSpan(0, Workers);

    /// <summary>The largest movable flow group of a worker, or <see cref="None"/>.</summary>
    public int First(int worker) => _heads[worker];

    /// <summary>The next smaller movable flow group of the same worker, or <see cref="None"/>.</summary>
    public int Next(int group) => _next[group];

    public double Load(int group) => _loads[group];

    /// <summary>Number of flow groups of a worker.</summary>
    public int Count(int worker) => _counts[worker];

    public bool Counts(int worker) => _states[worker] is WorkerState.Active or WorkerState.Frozen;

    /// <summary>Begins with things as they are.</summary>
    public void Read(in BalanceProblem problem, BalanceSettings settings)
    {
        (_settings, Moves) = (settings, 0);
        (Groups, Workers) = (problem.GroupLoads.Length, problem.Workers.Length);
        ReadWorkers(problem);
        ReadGroups(problem);
        var (load, capacity) = (0.0, 0.0);
        for (var worker = 0; worker < Workers; worker++)
        {
            if (Counts(worker))
            {
                load += _totals[worker];
                capacity += _capacities[worker];
            }
            else
            {
                // What does not move away with the flow groups stays on a worker that does not count.
                load += _totals[worker] - problem.Workers[worker].BaseLoad;
            }
        }

        Mean = capacity > 0 ? load / capacity : 0;
        for (var worker = 0; worker < Workers; worker++)
        {
            _deviations[worker] = (_totals[worker] * _inverses[worker]) - Mean;
        }
    }

    /// <summary>What it costs that a flow group is at a worker instead of at home.</summary>
    public double Cost(int group, int worker)
    {
        var home = _homes[group];
        return worker == home
            ? 0
            : _settings.MoveCost + (_settings.MovedLoadCost * _loads[group]) + (_nodes[home] == _nodes[worker] ? 0 : _settings.NodeCost);
    }

    /// <summary>Moves a flow group and puts it at its place in the new worker's list.</summary>
    public void Move(int group, int to)
    {
        var from = _owners[group];
        Unlink(group, from);
        var home = _homes[group];
        Moves += (to == home ? 0 : 1) - (from == home ? 0 : 1);
        _owners[group] = to;
        _counts[from]--;
        _counts[to]++;
        Add(from, -_loads[group]);
        Add(to, _loads[group]);
        Link(group, to);
    }

    /// <summary>Squared imbalance of the counting workers.</summary>
    public double SquaredImbalance()
    {
        var sum = 0.0;
        for (var worker = 0; worker < Workers; worker++)
        {
            sum += Counts(worker) ? _deviations[worker] * _deviations[worker] : 0;
        }

        return sum;
    }

    /// <summary>Highest load / capacity of a counting worker.</summary>
    public double Highest()
    {
        var highest = 0.0;
        for (var worker = 0; worker < Workers; worker++)
        {
            highest = Counts(worker) ? Math.Max(highest, _totals[worker] * _inverses[worker]) : highest;
        }

        return highest;
    }

    private void Add(int worker, double load)
    {
        _totals[worker] += load;
        _deviations[worker] = (_totals[worker] * _inverses[worker]) - Mean;
    }

    private void ReadWorkers(in BalanceProblem problem)
    {
        for (var worker = 0; worker < Workers; worker++)
        {
            ref readonly var read = ref problem.Workers[worker];
            (_capacities[worker], _inverses[worker]) = (read.Capacity, 1 / read.Capacity);
            _totals[worker] = _fixed[worker] = read.BaseLoad;
            (_nodes[worker], _states[worker]) = (read.Node, read.State);
            (_heads[worker], _counts[worker]) = (None, 0);
        }
    }

    // The smallest is linked first, so that each list begins with its largest.
    private void ReadGroups(in BalanceProblem problem)
    {
        problem.GroupLoads.CopyTo(_loads);
        var rests = !problem.Resting.IsEmpty;
        foreach (var group in _order.Ascending(problem.GroupLoads))
        {
            int owner = problem.Owners[group];
            var load = _loads[group];
            _owners[group] = _homes[group] = owner;
            _totals[owner] += load;
            _counts[owner]++;
            if (!Counts(owner) || (load > 0 && _states[owner] == WorkerState.Active && !(rests && problem.Resting[group] > 0)))
            {
                LinkFirst(group, owner);
            }
            else
            {
                _fixed[owner] += load;
            }
        }
    }

    private void LinkFirst(int group, int worker)
    {
        var head = _heads[worker];
        (_next[group], _previous[group]) = (head, None);
        if (head != None)
        {
            _previous[head] = group;
        }

        _heads[worker] = group;
    }

    private void Unlink(int group, int worker)
    {
        var (previous, next) = (_previous[group], _next[group]);
        if (previous == None)
        {
            _heads[worker] = next;
        }
        else
        {
            _next[previous] = next;
        }

        if (next != None)
        {
            _previous[next] = previous;
        }
    }

    private void Link(int group, int worker)
    {
        var load = _loads[group];
        var previous = None;
        var next = _heads[worker];
        while (next != None && _loads[next] > load)
        {
            (previous, next) = (next, _next[next]);
        }

        (_previous[group], _next[group]) = (previous, next);
        if (next != None)
        {
            _previous[next] = group;
        }

        if (previous == None)
        {
            _heads[worker] = group;
        }
        else
        {
            _next[previous] = group;
        }
    }
}
