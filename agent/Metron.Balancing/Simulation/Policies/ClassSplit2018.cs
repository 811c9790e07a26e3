namespace Metron.Balancing.Simulation.Policies;

/// <summary>
/// Metron as published (Katsikas et al., NSDI 2018): every 100 ms a core's traffic classes are split when its load is high, and merged with those of another
/// when it is low. A traffic class is a flow group here. A split takes half of the classes by their number, not by their load, to an
/// idle core; this is how it gets from the one core that it begins with to more, whatever the scenario says about scaling. The state of the moved classes is taken along at once, which is better than what was published.
/// </summary>
internal sealed class ClassSplit2018 : IGroupPolicy
{
    private const double SplitAbove = 0.75;
    private const double UrgentAbove = 0.875;
    private const double MergeBelow = 0.25;
    private const double MergedBelow = SplitAbove / 1.8;
    private const double PastShare = 0.67;
    private const double CoolDownSeconds = 1;

    private readonly double[] past;
    private readonly double[] trend;
    private readonly double[] quietUntil;
    private readonly bool[] active;

    public ClassSplit2018(SimulationScenario scenario)
    {
        (past, trend) = (new double[scenario.Cores], new double[scenario.Cores]);
        (quietUntil, active) = (new double[scenario.Cores], new bool[scenario.Cores]);
        active[0] = true;
    }

    public int ActiveCores => active.Count(used => used);

    public double IntervalSeconds => 0.1;

    public void Begin(Span<int> owners) => owners.Clear();

    public bool IsActive(int core) => active[core];

    public void Tick(in TickReadings readings, Span<int> owners)
    {
        for (var core = 0; core < active.Length; core++)
        {
            past[core] = (PastShare * past[core]) + ((1 - PastShare) * readings.CoreLoads[core]);
            trend[core] = (2 * readings.CoreLoads[core]) - past[core];
        }

        for (var core = 0; core < active.Length; core++)
        {
            if (!active[core] || (readings.Now < quietUntil[core] && trend[core] < UrgentAbove))
            {
                continue;
            }

            if (trend[core] >= SplitAbove)
            {
                Split(core, readings.Now, owners);
            }
            else if (trend[core] <= MergeBelow)
            {
                Merge(core, readings.Now, owners);
            }
        }
    }

    private void Split(int core, double now, Span<int> owners)
    {
        var idle = Array.IndexOf(active, false);
        var classes = owners.Count(core);
        if (idle < 0 || classes < 2)
        {
            return;
        }

        var left = classes / 2;
        for (var group = 0; left > 0; group++)
        {
            if (owners[group] == core)
            {
                owners[group] = idle;
                left--;
            }
        }

        active[idle] = true;
        past[idle] = past[core] /= 2;
        quietUntil[core] = quietUntil[idle] = now + CoolDownSeconds;
    }

    private void Merge(int core, double now, Span<int> owners)
    {
        var best = -1;
        for (var other = 0; other < active.Length; other++)
        {
            if (other != core && active[other] && (best < 0 || past[other] < past[best]))
            {
                best = other;
            }
        }

        if (best < 0 || past[best] + past[core] > MergedBelow)
        {
            return;
        }

        owners.Replace(core, best);
        active[core] = false;
        past[best] += past[core];
        past[core] = 0;
        quietUntil[best] = now + CoolDownSeconds;
    }
}
