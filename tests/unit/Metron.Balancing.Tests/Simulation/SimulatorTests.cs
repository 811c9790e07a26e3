using Metron.Balancing.Simulation;
using Metron.Balancing.Simulation.Policies;

namespace Metron.Balancing.Tests.Simulation;

public class SimulatorTests
{
    /// <summary>One core, one cost for all packets, single packets at random times: what queueing theory calls M/D/1.</summary>
    private static readonly SimulationScenario s_single = new()
    {
        Cores = 1,
        Load = 0.7,
        Groups = 1,
        Descriptors = 1024,
        Seconds = 1,
        WarmUpSeconds = 0,
        Cost = new CostModel { CyclesPerByte = 0, CyclesPerPacket = 2445.4, FirstPacketCycles = 0 },
        Traffic = new TrafficModel { TrainPackets = 1 },
    };

    private static readonly SimulationScenario s_small = new()
    {
        Cores = 4,
        Groups = 64,
        Descriptors = 1024,
        Seconds = 0.5,
        WarmUpSeconds = 0.2,
        Cost = new CostModel { CyclesPerByte = 20 },
        Traffic = new TrafficModel { Flows = 2000, LifetimeSeconds = 0.3 },
    };

    public static TheoryData<string> Policies => [.. Simulator.Policies];

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.7)]
    [InlineData(0.9)]
    public void Waiting_times_are_those_of_queueing_theory(double load)
    {
        var result = Simulator.Run(s_single with { Load = load, Seconds = 3 }, "rss");
        var expected = 1000 * (1 + (load / (2 * (1 - load))));
        Assert.InRange(result.Latencies.Mean, 0.95 * expected, 1.05 * expected);
        Assert.Equal(0, result.DropRatio);
    }

    [Fact]
    public void An_overloaded_core_drops_what_is_too_much_and_its_queue_is_full()
    {
        var result = Simulator.Run(s_single with { Load = 1.5 }, "rss");
        Assert.InRange(result.DropRatio, 0.32, 0.34);
        Assert.InRange(result.LatencyMicroseconds(50), 1000, 1050);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_same_seed_gives_the_same_result_and_another_one_does_not(string policy)
    {
        Assert.Equal(Figures(s_small), Figures(s_small));
        Assert.NotEqual(Figures(s_small), Figures(s_small with { Seed = 2 }));

        (long, long, long, long, double, double) Figures(SimulationScenario scenario)
        {
            var result = Simulator.Run(scenario, policy);
            return (result.Packets, result.QueueDrops, result.Moves, result.Reordered, result.Latencies.Mean, result.SquaredImbalance);
        }
    }

    [Fact]
    public void All_policies_meet_the_same_packets()
    {
        var packets = Simulator.Policies.Select(policy => Simulator.Run(s_small, policy).Packets).ToList();
        Assert.All(packets, count => Assert.Equal(packets[0], count));
        Assert.InRange(packets[0], 100_000, 10_000_000);
    }

    [Theory]
    [InlineData(TrafficKind.Steady)]
    [InlineData(TrafficKind.Sine)]
    [InlineData(TrafficKind.Diurnal)]
    [InlineData(TrafficKind.Burst)]
    [InlineData(TrafficKind.Churn)]
    public void As_much_is_offered_as_the_scenario_says(TrafficKind kind)
    {
        var traffic = new TrafficModel { Kind = kind, Flows = 20_000, ZipfExponent = 0, PeriodSeconds = 1, LowestShare = 0.2, BurstSeconds = 0.01 };
        var scenario = new SimulationScenario { Cores = 4, Load = 0.5, Seconds = 1, WarmUpSeconds = 0, Traffic = traffic, Cost = new CostModel { FirstPacketCycles = 0 } };
        var result = Simulator.Run(scenario, "rss");
        var mean = result.Samples.Average(sample => sample.OfferedCores);
        var worked = result.Packets * (160 + (5.3 * 362)) / 2.4454e9;
        Assert.InRange(worked, 0.95 * mean, 1.05 * mean);
        Assert.InRange(mean, kind is TrafficKind.Sine ? 1.19 : kind is TrafficKind.Diurnal ? 1 : 2, kind is TrafficKind.Sine ? 1.21 : kind is TrafficKind.Diurnal ? 1.8 : 2);
    }

    [Fact]
    public void Groups_that_move_all_the_time_keep_the_order_within_flows_and_lose_nothing_but_for_named_reasons()
    {
        var result = Simulator.Run(s_small with { Load = 0.5, WarmUpSeconds = 0 }, "shuffle", new Shuffle(4, until: 0.45));
        Assert.True(result.Moves > 500, $"{result.Moves} moves");
        Assert.Equal(0, result.Reordered);
        Assert.Equal(result.Packets, result.Latencies.Count + result.QueueDrops + result.HandOverDrops);
        Assert.InRange(result.HandOverDrops, 0, result.Packets / 1000);
    }

    [Theory]
    [InlineData(1, 1e8)]
    [InlineData(512, 0)]
    public void Packets_that_wait_for_a_hand_over_are_bounded_in_number_and_time(int packets, double nanoseconds)
    {
        var scenario = s_small with { Load = 0.5, WarmUpSeconds = 0, Cost = s_small.Cost with { EarlyPackets = packets, HandOverDeadline = nanoseconds } };
        var result = Simulator.Run(scenario, "shuffle", new Shuffle(4, until: 0.45));
        Assert.NotEqual(0, result.HandOverDrops);
        Assert.Equal(result.Packets, result.Latencies.Count + result.QueueDrops + result.HandOverDrops);
    }

    [Fact]
    public void A_shared_table_needs_no_hand_over_but_more_work_for_each_packet()
    {
        var scenario = s_small with { Load = 0.6, WarmUpSeconds = 0, Cost = s_small.Cost with { EarlyPackets = 1, ForeignStateShare = 0 } };
        var groups = Simulator.Run(scenario, "groups", new Shuffle(4, until: 0.45));
        var shared = Simulator.Run(scenario with { SharedState = true }, "shared", new Shuffle(4, until: 0.45));
        Assert.NotEqual(0, groups.HandOverDrops);
        Assert.Equal(0, shared.HandOverDrops);
        Assert.True(shared.Latencies.Percentile(0.1) > 1.1 * groups.Latencies.Percentile(0.1));
    }

    [Fact]
    public void Sprayed_packets_are_reordered_and_flow_groups_are_not()
    {
        Assert.True(Simulator.Run(s_small, "spray").Reordered > 1000);
        Assert.Equal(0, Simulator.Run(s_small, "rss").Reordered);
        Assert.Equal(0, Simulator.Run(s_small, "rsspp-2019").Reordered);
    }

    [Fact]
    public void A_shared_queue_carries_no_more_than_its_lock_allows()
    {
        var result = Simulator.Run(s_small with { Cores = 8, Cost = new CostModel() }, "shared-queue");
        Assert.InRange(result.Latencies.Count / s_small.Seconds, 0.98e9 / 720, 1.02e9 / 720);
    }

    [Fact]
    public void Classes_are_split_by_number_from_one_core_to_as_many_as_the_load_needs()
    {
        var result = Simulator.Run(s_small with { WarmUpSeconds = 0 }, "metron-2018");
        Assert.Equal([2, 4], result.Samples.Take(2).Select(sample => sample.Cores));
        Assert.Equal(4, result.Samples[^1].Cores);
        Assert.Equal(32 + 32, result.Moves);
    }

    [Fact]
    public void A_wrong_scenario_is_refused_with_all_that_is_wrong()
    {
        var problems = new SimulationScenario { Cores = 0, Groups = 100, Traffic = new TrafficModel { ZipfExponent = 9 } }.Problems();
        Assert.Equal(["cores: 0 is not between 1 and 256", "groups: 100 is not a power of two up to 4096", "zipf: 9 is not between 0 and 3"], problems);
        Assert.Throws<ArgumentException>(() => Simulator.Run(new SimulationScenario { Cores = 0 }, "rss"));
        Assert.Contains("there is rss, ", Assert.Throws<ArgumentException>(() => Simulator.Run(new SimulationScenario(), "rsss")).Message, StringComparison.Ordinal);
    }

    /// <summary>Moves every group every 10 ms, up to a time.</summary>
    private sealed class Shuffle(int cores, double until) : IGroupPolicy
    {
        public int ActiveCores => cores;

        public double IntervalSeconds => 0.01;

        public void Begin(Span<int> owners) => owners.Clear();

        public bool IsActive(int core) => true;

        public void Tick(in TickReadings readings, Span<int> owners)
        {
            for (var group = 0; group < owners.Length && readings.Now < until; group++)
            {
                owners[group] = (owners[group] + group + 1) % cores;
            }
        }
    }
}
