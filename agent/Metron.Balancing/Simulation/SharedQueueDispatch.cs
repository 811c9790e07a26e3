namespace Metron.Balancing.Simulation;

/// <summary>One queue for all cores; whichever core is free takes the next packet, and excludes the others while it does.</summary>
internal sealed class SharedQueueDispatch(SimulationScenario scenario, TrafficSource traffic, Measurements measured) : IDispatch
{
    private readonly FlowState flows = new(scenario, traffic, measured);
    private readonly CoreQueue queue = new(scenario.Descriptors);
    private readonly double[] free = new double[scenario.Cores];
    private readonly double[] work = new double[scenario.Cores];
    private readonly double taking = scenario.Cost.SharedQueueNanoseconds;

    public double NextEvent => double.PositiveInfinity;

    public int ActiveCores => free.Length;

    public long Moves => 0;

    public bool IsActive(int core) => true;

    public double Busy(int core, double now) => work[core] - Math.Max(0, free[core] - now);

    public void Advance(double now)
    {
    }

    public void Arrive(in Train train)
    {
        measured.Arrive(train.Packets);
        for (var i = 0; i < train.Packets; i++)
        {
            var core = Array.IndexOf(free, free.Min());
            // The packet leaves the queue when both the queue and a core are free, and the core has taken it.
            var idle = Math.Max(0, free[core] - queue.Start(train.Nanoseconds));
            if (!queue.TryAccept(train.Nanoseconds, idle + taking, out var taken))
            {
                measured.DropByQueue(train.Packets - i);
                return;
            }

            var service = flows.Service(train.Flow, core);
            flows.Take(train.Flow, core);
            free[core] = taken + service;
            work[core] += taking + service;
            measured.Leave(train.Flow, train.Nanoseconds, free[core]);
        }
    }
}
