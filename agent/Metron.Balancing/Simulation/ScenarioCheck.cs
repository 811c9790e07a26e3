namespace Metron.Balancing.Simulation;

/// <summary>What is wrong with a scenario.</summary>
internal sealed class ScenarioCheck
{
    private readonly List<string> problems = [];

    public ScenarioCheck(SimulationScenario scenario)
    {
        Check(scenario.Cores is >= 1 and <= 256, $"cores: {scenario.Cores} is not between 1 and 256");
        Check(scenario.Load is > 0 and <= 4, $"load: {scenario.Load} is not above 0 and at most 4");
        Check(scenario.Groups is >= 1 and <= 4096 && (scenario.Groups & (scenario.Groups - 1)) == 0, $"groups: {scenario.Groups} is not a power of two up to 4096");
        Check(scenario.Descriptors is >= 32 and <= 16_384 && (scenario.Descriptors & (scenario.Descriptors - 1)) == 0, $"descriptors: {scenario.Descriptors} is not a power of two from 32 to 16384");
        Check(scenario.Seconds is > 0 and <= 3600, $"seconds: {scenario.Seconds} is not above 0 and at most 3600");
        Check(scenario.WarmUpSeconds is >= 0 and <= 3600, $"warmUpSeconds: {scenario.WarmUpSeconds} is not between 0 and 3600");
        Check(scenario.SampleSeconds is >= 0.001 and <= 60, $"sampleSeconds: {scenario.SampleSeconds} is not between 0.001 and 60");
        CheckTraffic(scenario.Traffic);
        CheckCost(scenario.Cost);
        CheckBalancer(scenario.Balancer);
    }

    /// <summary>One sentence for each problem.</summary>
    public IReadOnlyList<string> Problems => problems;

    private void CheckTraffic(TrafficModel traffic)
    {
        Check(traffic.Flows is >= 1 and <= 10_000_000, $"flows: {traffic.Flows} is not between 1 and 10000000");
        Check(traffic.ZipfExponent is >= 0 and <= 3, $"zipf: {traffic.ZipfExponent} is not between 0 and 3");
        Check(traffic.LifetimeSeconds is >= 0.001 and <= 1e6, $"lifetimeSeconds: {traffic.LifetimeSeconds} is not between 0.001 and 1000000");
        Check(traffic.LifetimeShape is > 1 and <= 100, $"lifetimeShape: {traffic.LifetimeShape} is not above 1 and at most 100");
        Check(traffic.TrainPackets is >= 1 and <= 64, $"trainPackets: {traffic.TrainPackets} is not between 1 and 64");
        Check(traffic.PeriodSeconds is >= 0.01 and <= 1e6, $"periodSeconds: {traffic.PeriodSeconds} is not between 0.01 and 1000000");
        Check(traffic.LowestShare is >= 0 and <= 1, $"lowestShare: {traffic.LowestShare} is not between 0 and 1");
        Check(traffic.BurstSeconds is >= 0.001 and <= 1000, $"burstSeconds: {traffic.BurstSeconds} is not between 0.001 and 1000");
    }

    private void CheckCost(CostModel cost)
    {
        Check(cost.Hertz is >= 1e6 and <= 1e11, $"hertz: {cost.Hertz} is not between 1e6 and 1e11");
        Check(cost.CyclesPerPacket is >= 1 and <= 1e7, $"cyclesPerPacket: {cost.CyclesPerPacket} is not between 1 and 10000000");
        Check(cost.CyclesPerByte is >= 0 and <= 1e4, $"cyclesPerByte: {cost.CyclesPerByte} is not between 0 and 10000");
        NotNegative("firstPacketCycles", cost.FirstPacketCycles);
        NotNegative("foreignStateShare", cost.ForeignStateShare);
        NotNegative("sharedTableShare", cost.SharedTableShare);
        NotNegative("sharedQueueNanoseconds", cost.SharedQueueNanoseconds);
        NotNegative("handOverNanoseconds", cost.HandOverNanoseconds);
        NotNegative("wakeUpNanoseconds", cost.WakeUpNanoseconds);
    }

    private void CheckBalancer(BalancerSettings balancer)
    {
        Check(balancer.Interval.MinimumSeconds is >= 0.001 and <= 60, $"intervalMinimumSeconds: {balancer.Interval.MinimumSeconds} is not between 0.001 and 60");
        Check(
            balancer.Interval.MaximumSeconds >= balancer.Interval.MinimumSeconds && balancer.Interval.MaximumSeconds <= 60,
            $"intervalMaximumSeconds: {balancer.Interval.MaximumSeconds} is not between intervalMinimumSeconds and 60");
        Check(balancer.Solver.Threshold is >= 0 and <= 1, $"threshold: {balancer.Solver.Threshold} is not between 0 and 1");
        Check(
            balancer.Solver.Precision >= 0 && balancer.Solver.Precision <= balancer.Solver.Threshold,
            $"precision: {balancer.Solver.Precision} is not between 0 and threshold");
        Check(balancer.Scaling.Target is > 0 and <= 1, $"targetUtilisation: {balancer.Scaling.Target} is not above 0 and at most 1");
        NotNegative("riseSeconds", balancer.Load.RiseSeconds);
        NotNegative("fallSeconds", balancer.Load.FallSeconds);
        NotNegative("moveCost", balancer.Solver.MoveCost);
        NotNegative("addSeconds", balancer.Scaling.AddSeconds);
        NotNegative("removeSeconds", balancer.Scaling.RemoveSeconds);
        NotNegative("removeMargin", balancer.Scaling.RemoveMargin);
        NotNegative("regret", balancer.Scaling.Regret);
    }

    private void NotNegative(string name, double value) => Check(value is >= 0 and <= 1e9, $"{name}: {value} is not between 0 and 1000000000");

    private void Check(bool holds, FormattableString problem)
    {
        if (!holds)
        {
            problems.Add(FormattableString.Invariant(problem));
        }
    }
}
