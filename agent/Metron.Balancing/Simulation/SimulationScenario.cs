namespace Metron.Balancing.Simulation;

/// <summary>What is simulated: a server, its traffic, for how long. The same scenario and seed give the same result, whatever the policy: all meet the same packets.</summary>
public sealed record SimulationScenario
{
    /// <summary>Cores that there are. 1 to 256.</summary>
    public int Cores { get; init; } = 8;

    /// <summary>
    /// Load that is offered, as a share of what all cores can do: the mean, or, for <see cref="TrafficKind.Sine"/> and <see cref="TrafficKind.Diurnal"/>, the
    /// highest. Above 1 nothing can carry all of it.
    /// </summary>
    public double Load { get; init; } = 0.9;

    /// <summary>Flow groups: entries of the indirection table. A power of two, 1 to 4,096.</summary>
    public int Groups { get; init; } = 512;

    /// <summary>
    /// Descriptors of each receive queue. A power of two, 32 to 16,384. With 4,096 a full queue takes as long as was published for static RSS (4.9 ms).
    /// </summary>
    public int Descriptors { get; init; } = 4096;

    /// <summary>The traffic.</summary>
    public TrafficModel Traffic { get; init; } = new();

    /// <summary>What packets cost.</summary>
    public CostModel Cost { get; init; } = new();

    /// <summary>Settings of our balancer, <see cref="BalancerSettings.Responsive"/> when not given; whether it scales cores is said by <see cref="ScaleCores"/>.</summary>
    public BalancerSettings Balancer { get; init; } = BalancerSettings.Responsive;

    /// <summary>Whether policies that can may use fewer cores than there are.</summary>
    public bool ScaleCores { get; init; }

    /// <summary>Whether all cores share one flow table instead of one for each group: then a group moves at once, and each packet costs more.</summary>
    public bool SharedState { get; init; }

    /// <summary>Seconds of virtual time that are measured.</summary>
    public double Seconds { get; init; } = 10;

    /// <summary>Seconds before them that are simulated, but not measured.</summary>
    public double WarmUpSeconds { get; init; } = 2;

    /// <summary>Seconds between two readings of the imbalance.</summary>
    public double SampleSeconds { get; init; } = 0.1;

    /// <summary>Seed of all that is random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What is wrong with it, one sentence each; empty when it can be simulated.</summary>
    public IReadOnlyList<string> Problems() => new ScenarioCheck(this).Problems;
}
