namespace Metron.Balancing;

/// <summary>The measure of balance.</summary>
public static class Imbalance
{
    /// <summary>All load over the capacity of the counting workers; 0 when none counts.</summary>
    /// <param name="loads">Load of each worker in nominal cores. What a worker that does not count has beyond its base load counts, since it will have to move.</param>
    /// <param name="workers">The workers.</param>
    public static double Mean(ReadOnlySpan<double> loads, ReadOnlySpan<BalanceWorker> workers)
    {
        var (load, capacity) = (0.0, 0.0);
        for (var worker = 0; worker < workers.Length; worker++)
        {
            load += workers[worker].Counts ? loads[worker] : Math.Max(0, loads[worker] - workers[worker].BaseLoad);
            capacity += workers[worker].Counts ? workers[worker].Capacity : 0;
        }

        return capacity > 0 ? load / capacity : 0;
    }

    /// <summary>Squared imbalance: Σ over counting workers of (load / capacity − mean)².</summary>
    /// <param name="loads">Load of each worker in nominal cores.</param>
    /// <param name="workers">The workers.</param>
    public static double Squared(ReadOnlySpan<double> loads, ReadOnlySpan<BalanceWorker> workers)
    {
        var mean = Mean(loads, workers);
        var sum = 0.0;
        for (var worker = 0; worker < workers.Length; worker++)
        {
            var deviation = workers[worker].Counts ? (loads[worker] / workers[worker].Capacity) - mean : 0;
            sum += deviation * deviation;
        }

        return sum;
    }
}
