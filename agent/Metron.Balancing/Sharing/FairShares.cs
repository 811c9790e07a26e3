namespace Metron.Balancing;

/// <summary>
/// How chains share the workers of a server: each chain is entitled to a share of the capacity by its weight, and what some do not need goes to the others
/// (weighted max-min fairness; Bertsekas, Gallager, Data Networks, 1992, section 6.5.2).
/// </summary>
public static class FairShares
{
    /// <summary>Divides capacity.</summary>
    /// <param name="demands">Nominal cores that each chain would use. 0 or more.</param>
    /// <param name="weights">Weight of each chain: more than 0.</param>
    /// <param name="capacity">Nominal cores that there are.</param>
    /// <param name="shares">Receives what each chain is entitled to: its demand, or, if that is too much, capacity in proportion to the weights of those that want more.</param>
    public static void Divide(ReadOnlySpan<double> demands, ReadOnlySpan<double> weights, double capacity, Span<double> shares)
    {
        if (demands.Length != weights.Length || demands.Length != shares.Length)
        {
            throw new ArgumentException($"{demands.Length} demands need as many weights and shares, not {weights.Length} and {shares.Length}");
        }

        shares.Fill(-1);
        var (left, weight) = (capacity, 0.0);
        foreach (var its in weights)
        {
            weight += its;
        }

        for (var settled = true; settled;)
        {
            settled = false;
            for (var chain = 0; chain < demands.Length; chain++)
            {
                if (shares[chain] < 0 && demands[chain] <= left * weights[chain] / weight)
                {
                    shares[chain] = demands[chain];
                    (left, weight, settled) = (left - demands[chain], weight - weights[chain], true);
                }
            }
        }

        for (var chain = 0; chain < demands.Length; chain++)
        {
            shares[chain] = shares[chain] < 0 ? left * weights[chain] / weight : shares[chain];
        }
    }

    /// <summary>
    /// Base load of each worker for the balancer of one chain: what other chains use there, but not more than they are entitled to. A chain is
    /// not driven off a worker by others that take more than their share.
    /// </summary>
    /// <param name="chain">The chain whose balancer asks.</param>
    /// <param name="loads">Load by chain and worker: that of a chain begins at chain × number of workers.</param>
    /// <param name="shares">What each chain is entitled to, in nominal cores (<see cref="Divide"/>).</param>
    /// <param name="bases">Receives the base load of each worker.</param>
    public static void BaseLoads(int chain, ReadOnlySpan<double> loads, ReadOnlySpan<double> shares, Span<double> bases)
    {
        bases.Clear();
        for (var other = 0; other < shares.Length; other++)
        {
            var its = loads.Slice(other * bases.Length, bases.Length);
            var total = 0.0;
            foreach (var load in its)
            {
                total += load;
            }

            var counted = other == chain || total == 0 ? 0 : Math.Min(1, shares[other] / total);
            for (var worker = 0; worker < its.Length; worker++)
            {
                bases[worker] += counted * its[worker];
            }
        }
    }
}
