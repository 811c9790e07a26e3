using Metron.Balancing.Simulation.Policies;

namespace Metron.Balancing.Simulation;

/// <summary>
/// Simulates a server's receive queues and cores in virtual time, packet by packet: tens of millions of packets in seconds. Deterministic: a scenario, which
/// includes a seed, and a policy always give the same result. What is modelled and what is not: docs/simulator.md.
/// </summary>
public static class Simulator
{
    private const double Second = 1e9;

    /// <summary>Names of the policies, ours last.</summary>
    public static IReadOnlyList<string> Policies { get; } = ["rss", "rsspp-2019", "spray", "shared-queue", "metron-2018", "metron"];

    /// <summary>Runs a scenario under a policy.</summary>
    /// <param name="scenario">The scenario; <see cref="SimulationScenario.Problems"/> must be empty.</param>
    /// <param name="policy">One of <see cref="Policies"/>.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ArgumentException">There is no such policy, or the scenario has problems.</exception>
    public static SimulationResult Run(SimulationScenario scenario, string policy, CancellationToken cancellation = default)
    {
        var problems = scenario.Problems();
        if (problems.Count > 0)
        {
            throw new ArgumentException(problems[0], nameof(scenario));
        }

        return policy switch
        {
            "spray" => Run(scenario, policy, (traffic, measured) => new SprayDispatch(scenario, traffic, measured), cancellation),
            "shared-queue" => Run(scenario, policy, (traffic, measured) => new SharedQueueDispatch(scenario, traffic, measured), cancellation),
            _ => Run(scenario, policy, Create(scenario, policy), cancellation),
        };
    }

    /// <summary>Runs a scenario under a policy of the caller's.</summary>
    /// <param name="scenario">The scenario; <see cref="SimulationScenario.Problems"/> must be empty.</param>
    /// <param name="name">Name for the result.</param>
    /// <param name="policy">The policy; it is used up by the run.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static SimulationResult Run(SimulationScenario scenario, string name, IGroupPolicy policy, CancellationToken cancellation = default) =>
        Run(scenario, name, (traffic, measured) => new GroupDispatch(scenario, policy, traffic, measured), cancellation);

    private static IGroupPolicy Create(SimulationScenario scenario, string policy) => policy switch
    {
        "rss" => new StaticRss(scenario.Cores),
        "rsspp-2019" => new PublishedRssPlusPlus(scenario),
        "metron-2018" => new ClassSplit2018(scenario),
        "metron" => new MetronPolicy(scenario),
        _ => throw new ArgumentException($"there is no policy '{policy}'; there is {string.Join(", ", Policies)}", nameof(policy)),
    };

    private static SimulationResult Run(
        SimulationScenario scenario, string policy, Func<TrafficSource, Measurements, IDispatch> dispatchOf, CancellationToken cancellation)
    {
        var traffic = new TrafficSource(scenario);
        var measured = new Measurements(scenario.Traffic.Flows);
        var dispatch = dispatchOf(traffic, measured);
        var sampler = new Sampler(scenario, dispatch);
        var warmUp = scenario.WarmUpSeconds * Second;
        var end = warmUp + (scenario.Seconds * Second);
        var step = scenario.SampleSeconds * Second;
        var movesBefore = 0L;
        var train = traffic.Next();
        for (var number = 1L; ; number++)
        {
            // Readings divide the time; the end of the warm-up and of the simulation may lie between two of them.
            var next = number * step;
            var warm = next - step < warmUp && warmUp <= next;
            if (warm)
            {
                train = Pass(traffic, dispatch, train, warmUp);
                measured.Clear();
                movesBefore = dispatch.Moves;
            }

            train = Pass(traffic, dispatch, train, Math.Min(next, end));
            if (next > end + (step / 1000))
            {
                break;
            }

            sampler.Read(next);
            cancellation.ThrowIfCancellationRequested();
        }

        return new SimulationResult
        {
            Policy = policy,
            Packets = measured.Arrived,
            QueueDrops = measured.QueueDrops,
            HandOverDrops = measured.EarlyDrops,
            Reordered = measured.Reordered,
            Moves = dispatch.Moves - movesBefore,
            Latencies = measured.Latencies,
            Samples = sampler.Samples,
        };
    }

    // Lets arrive what arrives before a time, and does what is due up to it.
    private static Train Pass(TrafficSource traffic, IDispatch dispatch, Train train, double until)
    {
        while (train.Nanoseconds < until)
        {
            if (dispatch.NextEvent <= train.Nanoseconds)
            {
                dispatch.Advance(train.Nanoseconds);
            }

            dispatch.Arrive(train);
            train = traffic.Next();
        }

        dispatch.Advance(until);
        return train;
    }
}
