namespace Metron.Balancing.Simulation;

/// <summary>A queue per core; each packet goes to the next core in turn, whatever its flow.</summary>
internal sealed class SprayDispatch(SimulationScenario scenario, TrafficSource traffic, Measurements measured) : IDispatch
{
    private readonly CoreQueue[] cores = [.. Enumerable.Range(0, scenario.Cores).Select(_ => new CoreQueue(scenario.Descriptors))];
    private readonly FlowState flows = new(scenario, traffic, measured);
    private int turn;

    public double NextEvent => double.PositiveInfinity;

    public int ActiveCores => cores.Length;

    public long Moves => 0;

    public bool IsActive(int core) => true;

    public double Busy(int core, double now) => cores[core].Done(now);

    public void Advance(double now)
    {
    }

    public void Arrive(in Train train)
    {
        measured.Arrive(train.Packets);
        for (var i = 0; i < train.Packets; i++)
        {
            turn = turn + 1 == cores.Length ? 0 : turn + 1;
            if (cores[turn].TryAccept(train.Nanoseconds, flows.Service(train.Flow, turn), out var departure))
            {
                flows.Take(train.Flow, turn);
                measured.Leave(train.Flow, train.Nanoseconds, departure);
            }
            else
            {
                measured.DropByQueue(1);
            }
        }
    }
}
