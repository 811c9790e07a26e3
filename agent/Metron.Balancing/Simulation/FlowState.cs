namespace Metron.Balancing.Simulation;

/// <summary>What a packet takes, depending on which core handled its flow before.</summary>
internal sealed class FlowState(SimulationScenario scenario, TrafficSource traffic, Measurements measured)
{
    private readonly short[] lastCores = NoCores(scenario.Traffic.Flows);
    private readonly double nanoseconds = 1e9 / scenario.Cost.Hertz * (scenario.SharedState ? 1 + scenario.Cost.SharedTableShare : 1);
    private readonly double firstNanoseconds = scenario.Cost.FirstPacketCycles * 1e9 / scenario.Cost.Hertz;
    private readonly double foreign = 1 + scenario.Cost.ForeignStateShare;

    /// <summary>Nanoseconds that the next packet of a flow takes on a core.</summary>
    public double Service(int flow, int core)
    {
        var service = traffic.Cycles[flow] * nanoseconds;
        if (traffic.IsNew[flow])
        {
            return service + firstNanoseconds;
        }

        return lastCores[flow] == core || lastCores[flow] < 0 ? service : service * foreign;
    }

    /// <summary>A core has taken a packet of a flow.</summary>
    public void Take(int flow, int core)
    {
        if (traffic.IsNew[flow])
        {
            traffic.IsNew[flow] = false;
            measured.Begin(flow);
        }

        lastCores[flow] = (short)core;
    }

    private static short[] NoCores(int flows)
    {
        var cores = new short[flows];
        Array.Fill(cores, (short)-1);
        return cores;
    }
}
