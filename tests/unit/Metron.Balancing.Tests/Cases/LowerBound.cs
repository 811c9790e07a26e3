namespace Metron.Balancing.Cases;

/// <summary>
/// What no assignment to equal workers can beat: the largest flow groups alone, as long as they are above the mean of the rest, and the rest as a fluid. Every
/// assignment majorises it, and squared imbalance is Schur-convex (Marshall, Olkin, Inequalities, 1979).
/// </summary>
internal static class LowerBound
{
    public static double Of(double[] loads, int workers)
    {
        var (rest, alone, bound) = (loads.Sum(), 0, 0.0);
        var mean = rest / workers;
        foreach (var load in loads.OrderDescending())
        {
            if (alone == workers - 1 || load <= rest / (workers - alone))
            {
                break;
            }

            bound += (load - mean) * (load - mean);
            rest -= load;
            alone++;
        }

        var level = rest / (workers - alone);
        return bound + ((workers - alone) * (level - mean) * (level - mean));
    }
}
