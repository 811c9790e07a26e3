namespace Metron.Balancing.Simulation;

/// <summary>Reads loads and cores at equal distances of virtual time.</summary>
internal sealed class Sampler(SimulationScenario scenario, IDispatch dispatch)
{
    private const double LowestLoad = 0.01;
    private readonly List<SimulationSample> samples = [];
    private readonly double[] busyBefore = new double[scenario.Cores];
    private readonly bool[] usedBefore = Enumerable.Range(0, scenario.Cores).Select(dispatch.IsActive).ToArray();

    public IReadOnlyList<SimulationSample> Samples => samples;

    /// <summary>Takes a reading.</summary>
    /// <param name="now">Nanoseconds of virtual time.</param>
    public void Read(double now)
    {
        var (lowest, highest, sum, squares, count) = (double.PositiveInfinity, 0.0, 0.0, 0.0, 0);
        for (var core = 0; core < busyBefore.Length; core++)
        {
            var busy = dispatch.Busy(core, now);
            var load = Math.Clamp((busy - busyBefore[core]) / (scenario.SampleSeconds * 1e9), 0, 1);
            busyBefore[core] = busy;
            var used = dispatch.IsActive(core);
            if (used && usedBefore[core])
            {
                (lowest, highest, sum, squares) = (Math.Min(lowest, load), Math.Max(highest, load), sum + load, squares + (load * load));
                count++;
            }

            usedBefore[core] = used;
        }

        var floor = Math.Max(lowest, LowestLoad);
        var seconds = now / 1e9;
        samples.Add(new SimulationSample(
            seconds,
            seconds > scenario.WarmUpSeconds + (scenario.SampleSeconds / 2),
            scenario.Load * scenario.Cores * TrafficSource.RateShare(scenario.Traffic, seconds - (scenario.SampleSeconds / 2)),
            dispatch.ActiveCores,
            count == 0 ? 0 : Math.Max(0, highest - floor) / floor * 100,
            count == 0 ? 0 : Math.Max(0, squares - (sum * sum / count)),
            highest));
    }
}
