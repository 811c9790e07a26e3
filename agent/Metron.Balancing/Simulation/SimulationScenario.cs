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

    /// <summary>Settings of our balancer; whether it scales cores is said by <see cref="ScaleCores"/>.</summary>
    public BalancerSettings Balancer { get; init; } = BalancerSettings.Default;

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
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        Check(Cores is >= 1 and <= 256, $"cores: {Cores} is not between 1 and 256");
        Check(Load is > 0 and <= 4, $"load: {Load} is not above 0 and at most 4");
        Check(Groups is >= 1 and <= 4096 && (Groups & (Groups - 1)) == 0, $"groups: {Groups} is not a power of two up to 4096");
        Check(Descriptors is >= 32 and <= 16_384 && (Descriptors & (Descriptors - 1)) == 0, $"descriptors: {Descriptors} is not a power of two from 32 to 16384");
        Check(Seconds is > 0 and <= 3600, $"seconds: {Seconds} is not above 0 and at most 3600");
        Check(WarmUpSeconds is >= 0 and <= 3600, $"warmUpSeconds: {WarmUpSeconds} is not between 0 and 3600");
        Check(SampleSeconds is >= 0.001 and <= 60, $"sampleSeconds: {SampleSeconds} is not between 0.001 and 60");
        Check(Traffic.Flows is >= 1 and <= 10_000_000, $"flows: {Traffic.Flows} is not between 1 and 10000000");
        Check(Traffic.ZipfExponent is >= 0 and <= 3, $"zipf: {Traffic.ZipfExponent} is not between 0 and 3");
        Check(Traffic.LifetimeSeconds is >= 0.001 and <= 1e6, $"lifetimeSeconds: {Traffic.LifetimeSeconds} is not between 0.001 and 1000000");
        Check(Traffic.LifetimeShape is > 1 and <= 100, $"lifetimeShape: {Traffic.LifetimeShape} is not above 1 and at most 100");
        Check(Traffic.TrainPackets is >= 1 and <= 64, $"trainPackets: {Traffic.TrainPackets} is not between 1 and 64");
        Check(Traffic.PeriodSeconds is >= 0.01 and <= 1e6, $"periodSeconds: {Traffic.PeriodSeconds} is not between 0.01 and 1000000");
        Check(Traffic.LowestShare is >= 0 and <= 1, $"lowestShare: {Traffic.LowestShare} is not between 0 and 1");
        Check(Traffic.BurstSeconds is >= 0.001 and <= 1000, $"burstSeconds: {Traffic.BurstSeconds} is not between 0.001 and 1000");
        Check(Cost.Hertz is >= 1e6 and <= 1e11, $"hertz: {Cost.Hertz} is not between 1e6 and 1e11");
        Check(Cost.CyclesPerPacket is >= 1 and <= 1e7, $"cyclesPerPacket: {Cost.CyclesPerPacket} is not between 1 and 10000000");
        Check(Cost.CyclesPerByte is >= 0 and <= 1e4, $"cyclesPerByte: {Cost.CyclesPerByte} is not between 0 and 10000");
        return problems;

        void Check(bool holds, FormattableString problem)
        {
            if (!holds)
            {
                problems.Add(FormattableString.Invariant(problem));
            }
        }
    }
}
