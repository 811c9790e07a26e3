namespace Metron.Balancing.Simulation;

/// <summary>Scenarios with a name, so that tests, benchmarks and documents mean the same.</summary>
public static class KnownScenarios
{
    /// <summary>
    /// Our balancer for loads near what the cores can do: it ticks every 20 to 50 ms, follows rising loads at once, and keeps still within 7% of balance, since
    /// loads of so short a time are known to a few percent only.
    /// </summary>
    public static BalancerSettings Responsive { get; } = new()
    {
        Interval = new IntervalSettings { MinimumSeconds = 0.02, MaximumSeconds = 0.05 },
        Load = new LoadSettings { RiseSeconds = 0.02, FallSeconds = 0.3 },
        Solver = new BalanceSettings { Threshold = 0.07, Precision = 0.03, MoveCost = 0.002 },
    };

    /// <summary>Our balancer where cores are to be few: it holds 93% of what they can do, and removes one as soon as that leaves room.</summary>
    public static BalancerSettings Economical { get; } = new()
    {
        Interval = new IntervalSettings { MinimumSeconds = 0.02, MaximumSeconds = 0.1 },
        Load = new LoadSettings { RiseSeconds = 0.05, FallSeconds = 0.1 },
        Solver = new BalanceSettings { Threshold = 0.05, Precision = 0.02, MoveCost = 0.0005 },
        Scaling = new ScalingSettings { Target = 0.93, AddSeconds = 0.1, RemoveSeconds = 0.1, RemoveMargin = 0.02, Regret = 0.03 },
    };

    /// <summary>8 cores whose mean load is 90%, traffic of heavy-tailed flows.</summary>
    public static SimulationScenario Steady { get; } = new();

    /// <summary>
    /// 15 cores under a period of a sine between 8% and 80% of what they can do. The largest flow makes 5% of the load: with more it would
    /// need more than a core at the peak, which no balancer can give it.
    /// </summary>
    /// <param name="seconds">A quarter of the time that is measured.</param>
    public static SimulationScenario Sine(double seconds) => new()
    {
        Cores = 15,
        Load = 0.8,
        Seconds = 4 * seconds,
        ScaleCores = true,
        Balancer = Economical,
        Traffic = new TrafficModel { Kind = TrafficKind.Sine, PeriodSeconds = 4 * seconds, ZipfExponent = 0.9 },
    };
}
