namespace Metron.Balancing.Cases;

internal enum LoadShape
{
    Uniform,
    Lognormal,
    Zipf,
}

internal enum Start
{
    /// <summary>Flow groups are dealt out in turn, as an indirection table is filled: loads fall as hashes do.</summary>
    Hashed,

    /// <summary>Balanced once, then every flow group's load drifted.</summary>
    Drifted,
}

/// <summary>A problem from a seed, the same everywhere.</summary>
internal sealed record SeededCase(double[] Loads, ushort[] Owners, BalanceWorker[] Workers)
{
    public static SeededCase Make(int groups, int workers, LoadShape shape, Start start, ulong seed, double mean = 0.6)
    {
        var random = new SplitMix(seed * 7919 + (ulong)((groups * 131) + (workers * 17) + ((int)shape * 5) + (int)start));
        var loads = new double[groups];
        for (var i = 0; i < groups; i++)
        {
            loads[i] = shape switch
            {
                LoadShape.Uniform => 0.1 + random.NextDouble(),
                LoadShape.Lognormal => Math.Exp(random.NextNormal()),
                _ => Math.Pow(i + 1, -1.1),
            };
        }

        for (var i = groups - 1; i > 0 && shape == LoadShape.Zipf; i--)
        {
            var j = random.Next(i + 1);
            (loads[i], loads[j]) = (loads[j], loads[i]);
        }

        var owners = new ushort[groups];
        for (var i = 0; i < groups; i++)
        {
            owners[i] = (ushort)(i % workers);
        }

        if (start == Start.Drifted)
        {
            Spread(loads, owners, workers);
            for (var i = 0; i < groups; i++)
            {
                loads[i] *= Math.Exp(0.5 * random.NextNormal());
            }
        }

        var sum = loads.Sum();
        for (var i = 0; i < groups; i++)
        {
            loads[i] *= mean * workers / sum;
        }

        return new SeededCase(loads, owners, [.. Enumerable.Repeat(BalanceWorker.Nominal, workers)]);
    }

    public double[] Totals(ReadOnlySpan<ushort> owners)
    {
        var totals = new double[Workers.Length];
        for (var group = 0; group < Loads.Length; group++)
        {
            totals[owners[group]] += Loads[group];
        }

        return totals;
    }

    public double Squared(ReadOnlySpan<ushort> owners) => Imbalance.Squared(Totals(owners), Workers);

    /// <summary>Owners when moves have been made.</summary>
    public ushort[] After(ReadOnlySpan<FlowGroupMove> moves)
    {
        var owners = (ushort[])Owners.Clone();
        foreach (var move in moves)
        {
            owners[move.Group] = owners[move.Group] == move.From && move.To != move.From
                ? move.To
                : throw new InvalidOperationException($"{move} does not move flow group {move.Group} of worker {owners[move.Group]}");
        }

        return owners;
    }

    // The largest first, each to the least loaded.
    private static void Spread(double[] loads, ushort[] owners, int workers)
    {
        var totals = new double[workers];
        foreach (var group in Enumerable.Range(0, loads.Length).OrderByDescending(group => loads[group]))
        {
            var least = Array.IndexOf(totals, totals.Min());
            owners[group] = (ushort)least;
            totals[least] += loads[group];
        }
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014).</summary>
    private sealed class SplitMix(ulong seed)
    {
        private ulong _state = seed;

        public ulong Next()
        {
            var z = _state += 0x9e3779b97f4a7c15;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }

        public int Next(int limit) => (int)((UInt128)Next() * (ulong)limit >> 64);

        public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

        // Box and Muller.
        public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
    }
}
