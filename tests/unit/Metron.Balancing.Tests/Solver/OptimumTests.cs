namespace Metron.Balancing.Tests;

public sealed class OptimumTests
{
    [Theory]
    [InlineData(7, 2)]
    [InlineData(7, 3)]
    [InlineData(6, 4)]
    public void Branch_and_bound_finds_what_trying_everything_finds(int groups, int workers)
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            var problem = SeededCase.Make(groups, workers, (LoadShape)(seed % 3), Start.Hashed, seed);
            var owners = new ushort[groups];
            var least = double.PositiveInfinity;
            for (var code = 0; code < Math.Pow(workers, groups); code++)
            {
                for (int group = 0, rest = code; group < groups; group++, rest /= workers)
                {
                    owners[group] = (ushort)(rest % workers);
                }

                least = Math.Min(least, problem.Squared(owners));
            }

            Assert.Equal(least, Optimum.Find(problem.Loads, workers, known: 100), 12);
            Assert.True(LowerBound.Of(problem.Loads, workers) <= least + 1e-12);
        }
    }
}
