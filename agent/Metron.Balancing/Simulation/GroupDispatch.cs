using Metron.Balancing.Simulation.Policies;

namespace Metron.Balancing.Simulation;

/// <summary>A queue per core; flow groups are steered by an indirection table, which a policy changes. A few nanoseconds per packet; allocates only in ticks.</summary>
internal sealed class GroupDispatch : IDispatch
{
    private const double Second = 1e9;

    // What it takes to put a packet aside that waits for a hand-over: 50 cycles.
    private const double AsideNanoseconds = 20;

    // Agents count the cycles of one poll in so many.
    private const int SampleInterval = 256;

    private readonly CostModel cost;
    private readonly bool sharedState;
    private readonly IGroupPolicy policy;
    private readonly TrafficSource traffic;
    private readonly FlowState flows;
    private readonly Measurements measured;
    private readonly HandOvers handOvers;
    private readonly CoreQueue[] cores;
    private readonly int[] owners;
    private readonly int[] planned;
    private readonly long[] packets;
    private readonly long[] drops;
    private readonly long[] sampledPackets;
    private readonly double[] sampledCycles;
    private readonly double[] busyBefore;
    private readonly double[] loads;
    private readonly double[] fill;
    private readonly double[] wakeUps;
    private long trains;
    private bool isSampled;
    private double lastTick;
    private double nextTick;

    public GroupDispatch(SimulationScenario scenario, IGroupPolicy policy, TrafficSource traffic, Measurements measured)
    {
        (cost, sharedState, this.policy, this.traffic, this.measured) = (scenario.Cost, scenario.SharedState, policy, traffic, measured);
        flows = new FlowState(scenario, traffic, measured);
        handOvers = new HandOvers(cost, scenario.Groups, traffic.Generations);
        cores = [.. Enumerable.Range(0, scenario.Cores).Select(_ => new CoreQueue(scenario.Descriptors))];
        (owners, planned, packets) = (new int[scenario.Groups], new int[scenario.Groups], new long[scenario.Groups]);
        (drops, sampledPackets, sampledCycles) = (new long[scenario.Groups], new long[scenario.Groups], new double[scenario.Groups]);
        (busyBefore, loads, fill, wakeUps) = (new double[scenario.Cores], new double[scenario.Cores], new double[scenario.Cores], new double[scenario.Cores]);
        policy.Begin(owners);
        nextTick = policy.IntervalSeconds * Second;
    }

    public double NextEvent => Math.Min(nextTick, handOvers.NextRelease);

    public int ActiveCores => policy.ActiveCores;

    public long Moves { get; private set; }

    public bool IsActive(int core) => policy.IsActive(core);

    public double Busy(int core, double now) => cores[core].Done(now);

    public void Arrive(in Train train)
    {
        var group = traffic.Groups[train.Flow];
        var owner = owners[group];
        var core = cores[owner];
        measured.Arrive(train.Packets);
        isSampled = (++trains & (SampleInterval - 1)) == 0;
        if (handOvers.Of(group) is { } handOver)
        {
            ArriveEarly(train, handOver, owner);
            return;
        }

        for (var i = 0; i < train.Packets; i++)
        {
            var service = flows.Service(train.Flow, owner);
            if (!core.TryAccept(train.Nanoseconds, service, out var departure))
            {
                measured.DropByQueue(train.Packets - i);
                drops[group] += train.Packets - i;
                return;
            }

            Count(train, group, owner, service);
            measured.Leave(train.Flow, train.Nanoseconds, departure);
        }
    }

    public void Advance(double now)
    {
        while (NextEvent <= now)
        {
            if (handOvers.NextRelease <= nextTick)
            {
                handOvers.Release(handOvers.NextRelease, owners, cores, measured);
            }
            else
            {
                Tick(nextTick);
            }
        }
    }

    private void ArriveEarly(in Train train, HandOver handOver, int owner)
    {
        var core = cores[owner];
        for (var i = 0; i < train.Packets; i++)
        {
            // Behind others of its group a packet waits even if its turn came later: order within flows.
            var waits = handOver.Count > 0 || core.Start(train.Nanoseconds) < handOver.Release;
            var service = flows.Service(train.Flow, owner);
            if (!core.TryAccept(train.Nanoseconds, waits ? AsideNanoseconds : service, out var departure))
            {
                measured.DropByQueue(train.Packets - i);
                drops[handOver.Group] += train.Packets - i;
                return;
            }

            if (!waits)
            {
                Count(train, handOver.Group, owner, service);
                measured.Leave(train.Flow, train.Nanoseconds, departure);
            }
            else if (handOver.Release - train.Nanoseconds > cost.HandOverDeadline || !handOver.TryWait(train.Nanoseconds, service, train.Flow))
            {
                measured.DropByHandOver();
            }
            else
            {
                Count(train, handOver.Group, owner, service);
            }
        }
    }

    private void Count(in Train train, int group, int owner, double service)
    {
        flows.Take(train.Flow, owner);
        packets[group]++;
        if (isSampled)
        {
            sampledPackets[group]++;
            sampledCycles[group] += service * cost.Hertz / Second;
        }
    }

    private void Tick(double now)
    {
        var nanoseconds = now - lastTick;
        for (var core = 0; core < cores.Length; core++)
        {
            var busy = cores[core].Done(now);
            loads[core] = Math.Clamp((busy - busyBefore[core]) / nanoseconds, 0, 1);
            fill[core] = cores[core].Fill(now);
            busyBefore[core] = busy;
            wakeUps[core] = policy.IsActive(core) ? 0 : cost.WakeUpNanoseconds;
        }

        owners.CopyTo(planned, 0);
        var readings = new TickReadings
        {
            Now = now / Second,
            Seconds = nanoseconds / Second,
            CoreLoads = loads,
            QueueFill = fill,
            GroupPackets = packets,
            SampledPackets = sampledPackets,
            SampledCycles = sampledCycles,
            GroupDrops = drops,
        };
        policy.Tick(readings, planned);
        Apply(now);
        Array.Clear(packets);
        Array.Clear(sampledPackets);
        Array.Clear(sampledCycles);
        Array.Clear(drops);
        lastTick = now;
        nextTick = now + (policy.IntervalSeconds * Second);
    }

    private void Apply(double now)
    {
        for (var core = 0; core < cores.Length; core++)
        {
            if (wakeUps[core] > 0 && policy.IsActive(core))
            {
                cores[core].Sleep(now + wakeUps[core]);
            }
        }

        for (var group = 0; group < owners.Length; group++)
        {
            if (planned[group] != owners[group])
            {
                if (!sharedState)
                {
                    handOvers.Begin(group, now, cores[owners[group]]);
                }

                owners[group] = planned[group];
                Moves++;
            }
        }
    }
}
