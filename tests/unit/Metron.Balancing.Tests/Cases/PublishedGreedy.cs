using Metron.Balancing.Published;

namespace Metron.Balancing.Cases;

/// <summary>
/// One tick of the published algorithm on problems with nominal workers: who is above or below the mean by its threshold, and its solver. Cores that received in
/// the tick before, which it would leave alone, are not modelled. Allocates nothing after construction.
/// </summary>
internal sealed class PublishedGreedy(int groups, int workers)
{
    private readonly double _threshold = new PublishedParameters().Threshold;
    private readonly PublishedSolver _solver = new(groups, workers);
    private readonly double[] _totals = new double[workers];
    private readonly int[] _counts = new int[workers];
    private readonly int[] _sources = new int[workers];
    private readonly int[] _under = new int[workers];
    private readonly double[] _excess = new double[workers];
    private readonly double[] _room = new double[workers];
    private readonly int[] _candidates = new int[groups];
    private readonly double[] _loads = new double[groups];
    private readonly int[] _from = new int[groups];
    private readonly int[] _targets = new int[groups];
    private readonly ushort[] _owners = new ushort[groups];

    /// <summary>Moves of the last plan.</summary>
    public int Moves { get; private set; }

    /// <summary>Owners when the last plan has been carried out.</summary>
    public ReadOnlySpan<ushort> Owners => _owners;

    /// <summary>Plans.</summary>
    /// <returns>Squared imbalance that the plan leaves.</returns>
    public double Plan(SeededCase problem)
    {
        problem.Owners.CopyTo(_owners, 0);
        Moves = 0;
        Add(problem);
        var mean = Mean();
        var (givers, takers) = Classify(mean);
        if (givers > 0 && takers > 0)
        {
            Solve(problem, givers, takers);
        }

        var squared = 0.0;
        foreach (var total in _totals)
        {
            squared += (total - mean) * (total - mean);
        }

        return squared;
    }

    private void Add(SeededCase problem)
    {
        Array.Clear(_totals);
        Array.Clear(_counts);
        for (var group = 0; group < _owners.Length; group++)
        {
            _totals[_owners[group]] += problem.Loads[group];
            _counts[_owners[group]]++;
        }
    }

    private double Mean()
    {
        var sum = 0.0;
        foreach (var total in _totals)
        {
            sum += total;
        }

        return sum / _totals.Length;
    }

    private (int Givers, int Takers) Classify(double mean)
    {
        var (givers, takers) = (0, 0);
        for (var worker = 0; worker < _totals.Length; worker++)
        {
            var above = _totals[worker] - mean;
            _sources[worker] = -1;
            if (above > _threshold && _counts[worker] > 1)
            {
                (_sources[worker], _excess[givers]) = (givers, above);
                givers++;
            }
            else if (above < -_threshold)
            {
                (_under[takers], _room[takers]) = (worker, -above);
                takers++;
            }
        }

        return (givers, takers);
    }

    private void Solve(SeededCase problem, int givers, int takers)
    {
        var count = 0;
        for (var group = 0; group < _owners.Length; group++)
        {
            if (_sources[_owners[group]] is >= 0 and var source)
            {
                (_candidates[count], _loads[count], _from[count]) = (group, problem.Loads[group], source);
                count++;
            }
        }

        _solver.Solve(_excess.AsSpan(0, givers), _room.AsSpan(0, takers), _loads.AsSpan(0, count), _from.AsSpan(0, count), _targets.AsSpan(0, count));
        for (var i = 0; i < count; i++)
        {
            if (_targets[i] >= 0)
            {
                var (group, to) = (_candidates[i], _under[_targets[i]]);
                _totals[_owners[group]] -= _loads[i];
                _totals[to] += _loads[i];
                _owners[group] = (ushort)to;
                Moves++;
            }
        }
    }
}
