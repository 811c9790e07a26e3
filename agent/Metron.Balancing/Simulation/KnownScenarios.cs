namespace Metron.Balancing.Simulation;

/// <summary>Scenarios with a name, so that tests, benchmarks and documents mean the same.</summary>
public static class KnownScenarios
{
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
        Balancer = BalancerSettings.Economical,
        Traffic = new TrafficModel { Kind = TrafficKind.Sine, PeriodSeconds = 4 * seconds, ZipfExponent = 0.9 },
    };
}
