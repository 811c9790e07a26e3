namespace Metron.Balancing.Simulation;

/// <summary>Packets of one flow that arrive together.</summary>
/// <param name="Nanoseconds">When.</param>
/// <param name="Flow">Which flow, by its rank.</param>
/// <param name="Packets">How many.</param>
internal readonly record struct Train(double Nanoseconds, int Flow, int Packets);

/// <summary>Makes the trains of a scenario, in the order in which they arrive. About 25 ns each; allocates nothing.</summary>
internal sealed class TrafficSource
{
    private const double Second = 1e9;

    // Lowest (below zero) and highest value of the sum of waves that a day is made of.
    private const double DiurnalLow = 0.1551;
    private const double DiurnalHigh = 1.7050;

    // A rate that changes is looked at so often.
    private const double RateStep = 1e6;
    private const int TrainSteps = 4096;

    // IMIX: of twelve packets so many have so many bytes (the trace T4 of tests/bench). All packets of a flow have the same size.
    private static readonly (int Packets, int Bytes)[] s_mix = [(7, 64), (4, 594), (1, 1514)];

    private readonly TrafficModel model;
    private readonly SeededRandom random;
    private readonly AliasTable ranks;
    private readonly int groups;
    private readonly byte[] trains;
    private readonly double[] ends;
    private readonly double[] silences;
    private readonly bool[] silent;
    private readonly double fullGap;
    private double gap;
    private double now;
    private double rateUntil;

    public TrafficSource(SimulationScenario scenario)
    {
        model = scenario.Traffic;
        random = new SeededRandom(scenario.Seed);
        groups = scenario.Groups;
        var flows = model.Flows;
        (ends, silences, silent) = (new double[flows], new double[flows], new bool[flows]);
        (Groups, Cycles, IsNew, Generations) = (new int[flows], new double[flows], new bool[flows], new int[flows]);
        var weights = new double[flows];
        for (var flow = 0; flow < flows; flow++)
        {
            Cycles[flow] = DrawCycles(scenario.Cost);
            // Load goes by rank; the packets follow from it.
            weights[flow] = Math.Pow(flow + 1, -model.ZipfExponent) / Cycles[flow];
            Groups[flow] = random.Below(groups);
            // The rest of a lifetime that began before the simulation did.
            ends[flow] = Lifetime() * random.Unit();
            silent[flow] = model.Kind == TrafficKind.Burst && random.Below(2) == 0;
            silences[flow] = BurstTime() * random.Unit();
        }

        ranks = new AliasTable(weights);
        trains = Geometric(model.TrainPackets);
        var cyclesPerPacket = weights.Zip(Cycles, (weight, cycles) => weight * cycles).Sum() / weights.Sum();
        PacketsPerSecond = scenario.Load * scenario.Cores * scenario.Cost.Hertz / cyclesPerPacket;
        // Flows that send half of the time send twice as fast.
        fullGap = Second * trains.Average(packets => (double)packets) / PacketsPerSecond / (model.Kind == TrafficKind.Burst ? 2 : 1);
        gap = fullGap;
    }

    /// <summary>Flow group of each flow.</summary>
    public int[] Groups { get; }

    /// <summary>Cycles that a packet of each flow takes when the flow is established.</summary>
    public double[] Cycles { get; }

    /// <summary>Whether a flow has sent nothing yet; to be reset by who has handled its first packet.</summary>
    public bool[] IsNew { get; }

    /// <summary>How many flows of each rank have ended: tells a flow from the one before it.</summary>
    public int[] Generations { get; }

    /// <summary>Packets per second at the mean, or, where the rate changes, the highest rate.</summary>
    public double PacketsPerSecond { get; }

    /// <summary>The rate at a time as a share of <see cref="PacketsPerSecond"/>.</summary>
    public static double RateShare(TrafficModel model, double seconds)
    {
        if (model.Kind is not (TrafficKind.Sine or TrafficKind.Diurnal))
        {
            return 1;
        }

        var phase = 2 * Math.PI * seconds / model.PeriodSeconds;
        var share = model.Kind == TrafficKind.Sine
            ? 0.5 - (0.5 * Math.Cos(phase))
            : (1 + DiurnalLow - (0.8 * Math.Cos(phase)) - (0.35 * Math.Cos(2 * phase)) - (0.15 * Math.Sin(phase))) / (DiurnalHigh + DiurnalLow);
        return model.LowestShare + ((1 - model.LowestShare) * Math.Clamp(share, 0, 1));
    }

    /// <summary>The next train.</summary>
    public Train Next()
    {
        while (true)
        {
            if (now >= rateUntil)
            {
                gap = fullGap / Math.Max(RateShare(model, now / Second), 1e-6);
                rateUntil = now + RateStep;
            }

            now += random.Exponential() * gap;
            var flow = ranks.Draw(random);
            if (model.Kind == TrafficKind.Burst && IsSilent(flow))
            {
                continue;
            }

            if (now >= ends[flow])
            {
                Renew(flow);
            }

            return new Train(now, flow, trains[random.Next() & (TrainSteps - 1)]);
        }
    }

    // Sizes are drawn by their share of the load, so that packets of all flows together are mixed as they should be.
    private double DrawCycles(CostModel cost)
    {
        var left = random.Unit() * s_mix.Sum(size => size.Packets * cost.Cycles(size.Bytes));
        foreach (var (packets, bytes) in s_mix)
        {
            left -= packets * cost.Cycles(bytes);
            if (left <= 0)
            {
                return cost.Cycles(bytes);
            }
        }

        return cost.Cycles(s_mix[^1].Bytes);
    }

    private bool IsSilent(int flow)
    {
        while (now >= silences[flow])
        {
            silent[flow] = !silent[flow];
            silences[flow] += BurstTime();
        }

        return silent[flow];
    }

    private void Renew(int flow)
    {
        while (now >= ends[flow])
        {
            ends[flow] += Lifetime();
        }

        Groups[flow] = random.Below(groups);
        IsNew[flow] = true;
        Generations[flow]++;
    }

    private double Lifetime() => Second * model.LifetimeSeconds * random.Pareto(model.LifetimeShape);

    private double BurstTime() => Second * model.BurstSeconds * random.Pareto(1.5);

    // Quantiles of a geometric distribution, which are drawn from with equal probability.
    private static byte[] Geometric(double mean)
    {
        var lengths = new byte[TrainSteps];
        for (var i = 0; i < TrainSteps; i++)
        {
            var share = (i + 0.5) / TrainSteps;
            lengths[i] = mean <= 1 ? (byte)1 : (byte)Math.Clamp(Math.Ceiling(Math.Log(1 - share) / Math.Log(1 - (1 / mean))), 1, 255);
        }

        return lengths;
    }
}
