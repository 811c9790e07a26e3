using Metron.Balancing.Published;

namespace Metron.Balancing.Tests.Published;

/// <summary>
/// The re-implementation behaves as the published code, whose figures are: maximum over mean load before, after one tick and after four; mean load 0.6, threshold
/// 0.02, medians of 400 seeds.
/// </summary>
public class PublishedBalancerTests
{
    private const int Seeds = 400;

    // Not stated with the figures; chosen so that the largest group alone is as large as there: 1.70 and 2.25 times the mean load.
    private const double Sigma = 1.04;
    private const int ZipfFlows = 50_000;

    [Theory]
    [InlineData("uniform", 128, 8, 1.21, 1.04, 1.04)]
    [InlineData("uniform", 128, 64, 1.84, 1.84, 1.77)]
    [InlineData("uniform", 512, 64, 1.47, 1.11, 1.06)]
    [InlineData("lognormal", 512, 16, 1.48, 1.04, 1.04)]
    [InlineData("lognormal", 512, 64, 2.71, 1.81, 1.74)]
    [InlineData("zipf", 512, 16, 3.11, 2.29, 2.25)]
    public void It_balances_as_well_and_as_badly_as_the_published_code(string shape, int groups, int cores, double before, double afterOne, double afterFour)
    {
        var rounds = Enumerable.Range(0, Seeds).Select(seed => Rounds(Packets(shape, groups, seed), cores)).ToList();
        var measured = (Median(rounds, 0), Median(rounds, 1), Median(rounds, 4));
        string Told() => $"{shape} {groups}/{cores}: {measured}, published {(before, afterOne, afterFour)}";
        Assert.True(Math.Abs(measured.Item1 - before) < 0.05 * before, Told());
        Assert.True(Math.Abs(measured.Item2 - afterOne) < 0.04 * afterOne, Told());
        Assert.True(Math.Abs(measured.Item3 - afterFour) < 0.04 * afterFour, Told());
    }

    [Fact]
    public void A_core_that_received_groups_is_left_alone_in_the_next_tick()
    {
        var balancer = new PublishedBalancer(4, 2, 2, new PublishedParameters { ScaleCores = false });
        Assert.Equal(1, balancer.Tick([0.8, 0.2], [0, 0], [550, 100, 250, 100]));
        Assert.Equal([0, 1, 1, 1], balancer.Owners.ToArray());
        Assert.Equal(0, balancer.Tick([0.2, 0.8], [0, 0], [200, 100, 500, 100]));
        Assert.NotEqual(0, balancer.Tick([0.2, 0.8], [0, 0], [200, 100, 500, 100]));
    }

    [Fact]
    public void The_interval_is_shortest_at_great_imbalance_and_doubles_while_nothing_moves()
    {
        var balancer = new PublishedBalancer(4, 2, 2, new PublishedParameters { ScaleCores = false });
        double[] intervals = [.. Enumerable.Range(0, 5).Select(_ => Interval(0.5, 0.5)), Interval(0.9, 0.3)];
        Assert.Equal([0.2, 0.4, 0.8, 1, 1, 0.1], intervals);

        double Interval(double first, double second)
        {
            // All packets in one group of each core: nothing can move.
            balancer.Tick([first, second], [0, 0], [100, 100, 0, 0]);
            return balancer.IntervalSeconds;
        }
    }

    [Fact]
    public void A_core_is_added_above_the_target_and_the_least_loaded_removed_well_below_it()
    {
        var balancer = new PublishedBalancer(8, 3, 1, new PublishedParameters());
        long[] packets = [10, 10, 10, 10, 10, 10, 10, 10];
        balancer.Tick([0.95, 0, 0], [0, 0, 0], packets);
        Assert.Equal([0, 1], balancer.ActiveCores);
        Assert.Contains(1, balancer.Owners.ToArray());
        balancer.Tick([0.1, 0.05, 0], [0, 0, 0], packets);
        Assert.Equal([0], balancer.ActiveCores);
        Assert.All(balancer.Owners.ToArray(), owner => Assert.Equal(0, owner));
    }

    [Fact]
    public void The_answer_is_that_of_the_last_pass_even_where_another_was_better()
    {
        var worse = Enumerable.Range(0, 200).Count(seed =>
        {
            var random = new Random(seed);
            double[] loads = [.. Enumerable.Range(0, 32).Select(_ => 0.5 * random.NextDouble())];
            var solver = new PublishedSolver(32, 8);
            solver.Solve([0.3, 0.25, 0.2, 0.2], [0.3, 0.25, 0.2, 0.2], loads, [.. Enumerable.Range(0, 32).Select(group => group % 4)], new int[32]);
            return solver.SquaredImbalances[^1] > solver.SquaredImbalances.Min();
        });
        Assert.InRange(worse, 1, 199);
    }

    private static double Median(IEnumerable<double[]> rounds, int round) => rounds.Select(seed => seed[round]).Order().ElementAt(Seeds / 2);

    private static double[] Rounds(long[] packets, int cores)
    {
        var balancer = new PublishedBalancer(packets.Length, cores, cores, new PublishedParameters { ScaleCores = false });
        var loads = Loads(balancer, packets, cores);
        var found = new List<double> { loads.Max() / loads.Average() };
        for (var round = 1; round <= 4; round++)
        {
            balancer.Tick(loads, new double[cores], packets);
            loads = Loads(balancer, packets, cores);
            found.Add(loads.Max() / loads.Average());
        }

        return [.. found];
    }

    private static double[] Loads(PublishedBalancer balancer, long[] packets, int cores)
    {
        var loads = new double[cores];
        for (var group = 0; group < packets.Length; group++)
        {
            loads[balancer.Owners[group]] += 0.6 * cores * packets[group] / packets.Sum();
        }

        return loads;
    }

    private static long[] Packets(string shape, int groups, int seed)
    {
        var random = new Random(seed);
        var packets = new double[groups];
        switch (shape)
        {
            case "uniform":
                return [.. packets.Select(_ => (long)(1e6 * random.NextDouble()))];
            case "lognormal":
                return [.. packets.Select(_ => (long)(1e6 * Math.Exp(Sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))))];
            default:
                for (var flow = 1; flow <= ZipfFlows; flow++)
                {
                    packets[random.Next(groups)] += 1e9 / Math.Pow(flow, 1.1);
                }

                return [.. packets.Select(load => (long)load)];
        }
    }
}
