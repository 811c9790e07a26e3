using CsCheck;

namespace Metron.Balancing.Tests;

public sealed class FairSharesTests
{
    [Fact]
    public void What_a_chain_does_not_need_goes_to_the_others_by_weight()
    {
        var shares = new double[3];
        FairShares.Divide([1, 10, 10], [1, 1, 2], capacity: 7, shares);

        Assert.Equal([1, 2, 4], shares);
    }

    [Fact]
    public void Shares_never_exceed_capacity_or_demand_and_nobody_envies() =>
        Gen.Select(Gen.Select(Gen.Double[0, 5], Gen.Double[0.1, 4]).Array[1, 8], Gen.Double[0.1, 10]).Sample((chains, capacity) =>
        {
            double[] demands = [.. chains.Select(chain => chain.Item1)];
            double[] weights = [.. chains.Select(chain => chain.Item2)];
            var shares = new double[chains.Length];
            FairShares.Divide(demands, weights, capacity, shares);

            Assert.Equal(Math.Min(capacity, demands.Sum()), shares.Sum(), 9);
            for (var chain = 0; chain < shares.Length; chain++)
            {
                Assert.InRange(shares[chain], 0, demands[chain] + 1e-9);
                if (shares[chain] < demands[chain] - 1e-9)
                {
                    Assert.All(Enumerable.Range(0, shares.Length), other => Assert.True(shares[other] / weights[other] <= (shares[chain] / weights[chain]) + 1e-9));
                }
            }
        });

    [Fact]
    public void Other_chains_count_as_base_load_up_to_their_share()
    {
        var bases = new double[2];
        FairShares.BaseLoads(chain: 0, loads: [0.3, 0.1, 0.8, 0.4, 0.1, 0.2], shares: [0.4, 0.6, 0.3], bases);

        Assert.Equal([0.5, 0.4], bases.Select(load => Math.Round(load, 9)));
    }
}
