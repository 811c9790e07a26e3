namespace Metron.Balancing.Cases;

/// <summary>The least squared imbalance of all assignments to equal workers, by branch and bound: flow groups in descending order, bounded by what a fluid rest would reach.</summary>
internal sealed class Optimum
{
    private readonly double[] _loads;
    private readonly double[] _rest;
    private readonly double[] _totals;
    private readonly double[] _ascending;
    private readonly double _mean;
    private readonly int[] _places;
    private readonly int[] _bestPlaces;
    private double _best;
    private bool _isFound;

    private Optimum(double[] loads, int workers, double known)
    {
        _loads = [.. loads.OrderDescending()];
        _rest = new double[loads.Length + 1];
        for (var i = loads.Length - 1; i >= 0; i--)
        {
            _rest[i] = _rest[i + 1] + _loads[i];
        }

        (_totals, _ascending) = (new double[workers], new double[workers]);
        (_places, _bestPlaces) = (new int[loads.Length], new int[loads.Length]);
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

    /// <summary>The best assignment; the one given if there is no better.</summary>
    public static ushort[] Assign(double[] loads, int workers, ushort[] owners)
    {
        var totals = new double[workers];
        for (var group = 0; group < loads.Length; group++)
        {
            totals[owners[group]] += loads[group];
        }

        var mean = totals.Average();
        var search = new Optimum(loads, workers, totals.Sum(total => (total - mean) * (total - mean)));
        search.Place(0);
        var best = (ushort[])owners.Clone();
        if (search._isFound)
        {
            var rank = 0;
            foreach (var group in Enumerable.Range(0, loads.Length).OrderByDescending(group => loads[group]))
            {
                best[group] = (ushort)search._bestPlaces[rank++];
            }
        }

        return best;
    }

    private void Place(int index)
    {
        if (index == _loads.Length)
        {
            var squared = _totals.Sum(total => (total - _mean) * (total - _mean));
            if (squared < _best)
            {
                (_best, _isFound) = (squared, true);
                _places.CopyTo(_bestPlaces, 0);
            }

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
                _places[index] = worker;
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
