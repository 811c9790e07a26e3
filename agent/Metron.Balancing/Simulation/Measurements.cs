namespace Metron.Balancing.Simulation;

/// <summary>What became of the packets, as counted from the end of the warm-up.</summary>
internal sealed class Measurements(int flows)
{
    private readonly double[] lastDepartures = new double[flows];

    public LatencyHistogram Latencies { get; } = new();

    public long Arrived { get; private set; }

    public long QueueDrops { get; private set; }

    public long EarlyDrops { get; private set; }

    public long Reordered { get; private set; }

    /// <summary>Forgets what happened before the warm-up ended.</summary>
    public void Clear()
    {
        Latencies.Clear();
        (Arrived, QueueDrops, EarlyDrops, Reordered) = (0, 0, 0, 0);
    }

    public void Arrive(int packets) => Arrived += packets;

    public void DropByQueue(int packets) => QueueDrops += packets;

    public void DropByHandOver() => EarlyDrops++;

    /// <summary>A new flow begins: what left of the one before it does not count for its order.</summary>
    public void Begin(int flow) => lastDepartures[flow] = 0;

    /// <summary>A packet leaves whose flow has ended meanwhile.</summary>
    public void LeaveLate(double arrival, double departure) => Latencies.Add(departure - arrival);

    /// <summary>A packet leaves; it is out of order when a later packet of its flow left before it.</summary>
    public void Leave(int flow, double arrival, double departure)
    {
        Latencies.Add(departure - arrival);
        ref var last = ref lastDepartures[flow];
        if (departure < last)
        {
            Reordered++;
        }
        else
        {
            last = departure;
        }
    }
}
