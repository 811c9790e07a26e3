using Metron.Balancing.Simulation;

namespace Metron.Balancing.Tests.Simulation;

public class TrafficTests
{
    [Fact]
    public void Percentiles_are_within_two_percent()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 1_000_000; i++)
        {
            histogram.Add(i);
        }

        foreach (var share in (double[])[0.01, 0.5, 0.95, 0.99, 1])
        {
            Assert.InRange(histogram.Percentile(share), 0.98e6 * share, 1.02e6 * share);
        }

        Assert.Equal(0, new LatencyHistogram().Percentile(0.5));
    }

    [Fact]
    public void Indices_are_drawn_by_their_weights()
    {
        var random = new SeededRandom(7);
        var table = new AliasTable([1, 0, 5, 2, 2]);
        var drawn = new int[5];
        for (var i = 0; i < 1_000_000; i++)
        {
            drawn[table.Draw(random)]++;
        }

        Assert.Equal(0, drawn[1]);
        Assert.InRange(drawn[0], 98_000, 102_000);
        Assert.InRange(drawn[2], 498_000, 502_000);
        Assert.InRange(drawn[4], 198_000, 202_000);
    }

    [Fact]
    public void Heavy_tailed_times_have_the_mean_that_is_asked_for()
    {
        var random = new SeededRandom(3);
        var values = Enumerable.Range(0, 1_000_000).Select(_ => random.Pareto(2.5)).ToList();
        Assert.InRange(values.Average(), 0.98, 1.02);
        Assert.InRange(values.Min(), 0.6, 0.61);
        Assert.True(values.Max() > 50);
    }

    [Theory]
    [InlineData(TrafficKind.Sine)]
    [InlineData(TrafficKind.Diurnal)]
    public void A_period_goes_from_the_lowest_share_to_the_whole_and_back(TrafficKind kind)
    {
        var model = new TrafficModel { Kind = kind, PeriodSeconds = 10, LowestShare = 0.25 };
        var shares = Enumerable.Range(0, 1001).Select(step => TrafficSource.RateShare(model, step / 100.0)).ToList();
        Assert.Equal(0.25, shares.Min(), 1e-4);
        Assert.Equal(1, shares.Max(), 1e-4);
        Assert.Equal(shares[0], shares[^1], 1e-9);
    }

    [Fact]
    public void Flows_that_end_begin_again_in_another_group_with_a_first_packet()
    {
        var traffic = new TrafficSource(new SimulationScenario { Traffic = new TrafficModel { Flows = 100, LifetimeSeconds = 0.001, LifetimeShape = 2 } });
        var groups = traffic.Groups.ToArray();
        Assert.DoesNotContain(true, traffic.IsNew);
        while (traffic.Next().Nanoseconds < 1e8)
        {
        }

        Assert.True(traffic.IsNew.Count(isNew => isNew) > 95);
        Assert.True(traffic.Groups.Zip(groups).Count(pair => pair.First != pair.Second) > 90);
    }

    [Fact]
    public void Flows_of_bursty_traffic_are_silent_half_of_the_time()
    {
        var model = new TrafficModel { Kind = TrafficKind.Burst, Flows = 1, BurstSeconds = 0.001, TrainPackets = 1 };
        var traffic = new TrafficSource(new SimulationScenario { Cores = 1, Load = 0.5, Traffic = model });
        var moments = new HashSet<long>();
        var packets = 0;
        for (var train = traffic.Next(); train.Nanoseconds < 4e9; train = traffic.Next())
        {
            moments.Add((long)(train.Nanoseconds / 1e4));
            packets++;
        }

        Assert.InRange(moments.Count, 140_000, 260_000);
        Assert.InRange(packets / 4.0, 0.6 * traffic.PacketsPerSecond, 1.4 * traffic.PacketsPerSecond);
    }
}
