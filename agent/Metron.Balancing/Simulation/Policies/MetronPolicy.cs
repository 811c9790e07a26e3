namespace Metron.Balancing.Simulation.Policies;

/// <summary>Ours: <see cref="Balancer"/>, told what an agent would tell it.</summary>
internal sealed class MetronPolicy : IGroupPolicy
{
    private readonly Balancer balancer;
    private readonly LoadReader reader;
    private readonly LoadMeasurement measurement;
    private readonly double hertz;

    public MetronPolicy(SimulationScenario scenario)
    {
        var workers = new BalanceWorker[scenario.Cores];
        Array.Fill(workers, BalanceWorker.Nominal);
        var settings = scenario.Balancer with { Scaling = scenario.Balancer.Scaling with { Enabled = scenario.ScaleCores } };
        balancer = new Balancer(scenario.Groups, workers, settings);
        double[] capacities = [.. workers.Select(worker => worker.Capacity)];
        reader = new LoadReader(scenario.Groups, capacities, settings.Load);
        measurement = new LoadMeasurement(scenario.Groups, scenario.Cores);
        hertz = scenario.Cost.Hertz;
    }

    public int ActiveCores
    {
        get
        {
            var active = 0;
            foreach (var worker in balancer.Workers)
            {
                active += worker.State is WorkerState.Parked ? 0 : 1;
            }

            return active;
        }
    }

    public double IntervalSeconds => balancer.IntervalSeconds;

    public void Begin(Span<int> owners)
    {
        new StaticRss(measurement.Health.Length).Begin(owners);
        Read(owners, 0);
    }

    public bool IsActive(int core) => balancer.Workers[core].State is not WorkerState.Parked;

    public void Tick(in TickReadings readings, Span<int> owners)
    {
        var cycles = readings.Seconds * hertz;
        for (var core = 0; core < readings.CoreLoads.Length; core++)
        {
            measurement.AllCycles[core] += (ulong)cycles;
            measurement.UsefulCycles[core] += (ulong)(readings.CoreLoads[core] * cycles);
            measurement.QueueFill[core] = readings.QueueFill[core];
        }

        for (var group = 0; group < owners.Length; group++)
        {
            measurement.Packets[group] += (ulong)readings.GroupPackets[group];
            measurement.SampledPackets[group] += (ulong)readings.SampledPackets[group];
            measurement.SampledCycles[group] += (ulong)readings.SampledCycles[group];
        }

        foreach (var move in balancer.Tick(Read(owners, readings.Seconds)).Moves)
        {
            owners[move.Group] = move.To;
        }
    }

    private LoadSample Read(ReadOnlySpan<int> owners, double seconds)
    {
        for (var group = 0; group < owners.Length; group++)
        {
            measurement.Owners[group] = (ushort)owners[group];
        }

        return reader.Read(measurement, seconds);
    }
}
