namespace Metron.Balancing.Tests;

/// <summary>The least squared imbalance of all assignments to equal workers, by branch and bound: flow groups in descending order, bounded by what a fluid rest would reach.</summary>
public sealed class Optimum
{
    private readonly double[] _loads;
    private readonly double[] _rest;
    private readonly double[] _totals;
    private readonly double[] _ascending;
    private readonly double _mean;
    private double _best;

    private Optimum(double[] loads, int workers, double known)
    {
        _loads = [.. loads.OrderDescending()];
        _rest = new double[loads.Length + 1];
        for (var i = loads.Length - 1; i >= 0; i--)
        {
            _rest[i] = _rest[i + 1] + _loads[i];
        }

        (_totals, _ascending) = (new double[workers], new double[workers]);
        _mean = _rest[0] / workers;
        _best = known + 1e-15;
    }

    /// <summary>Searches all assignments.</summary>
    /// <param name="known">Squared imbalance of some assignment; what is not better is not looked at.</param>
    public static double Find(double[] loads, int workers, double known)
    {
        var search = new Optimum(loads, workers, known);
        search.Place(0);
        return search._best;
    }

    private void Place(int index)
    {
        if (index == _loads.Length)
        {
            _best = Math.Min(_best, _totals.Sum(total => (total - _mean) * (total - _mean)));
            return;
        }

        if (Bound(index) >= _best)
        {
            return;
        }

        Span<int> order = stackalloc int[_totals.Length];
        for (var worker = 0; worker < order.Length; worker++)
        {
            var at = worker;
            for (; at > 0 && _totals[order[at - 1]] > _totals[worker]; at--)
            {
                order[at] = order[at - 1];
            }

            order[at] = worker;
        }

        var last = -1.0;
        foreach (var worker in order)
        {
            var total = _totals[worker];
            if (total != last)
            {
                last = total;
                _totals[worker] = total + _loads[index];
                Place(index + 1);
                _totals[worker] = total;
            }
        }
    }

    // What is left fills the emptiest workers up to one level.
    private double Bound(int index)
    {
        _totals.CopyTo(_ascending, 0);
        Array.Sort(_ascending);
        var (left, level, filled) = (_rest[index], _ascending[0], 1);
        while (filled < _ascending.Length && left >= (_ascending[filled] - level) * filled)
        {
            left -= (_ascending[filled] - level) * filled;
            level = _ascending[filled++];
        }

        level += left / filled;
        var bound = filled * (level - _mean) * (level - _mean);
        foreach (var total in _ascending.AsSpan(filled))
        {
            bound += (total - _mean) * (total - _mean);
        }

        return bound;
    }
}
