namespace Metron.Balancing.Tests;

public sealed class LoadSmootherTests
{
    [Fact]
    public void A_step_is_seen_to_63_percent_after_the_time_constant_however_long_the_intervals_are()
    {
        foreach (var intervals in new[] { 1, 4, 50 })
        {
            var smoother = new LoadSmoother(1, 1, new LoadSettings { RiseSeconds = 0.2, FallSeconds = 1 });
            smoother.Add(Sample(0, 0.1));
            for (var i = 0; i < intervals; i++)
            {
                smoother.Add(Sample(1, 0.2 / intervals));
            }

            Assert.Equal(1 - Math.Exp(-1), smoother.Groups[0], 9);
        }
    }

    [Fact]
    public void Falling_loads_are_followed_with_their_own_constant()
    {
        var smoother = new LoadSmoother(1, 1, new LoadSettings { RiseSeconds = 0, FallSeconds = 1 });
        smoother.Add(Sample(0, 0.1));
        smoother.Add(Sample(1, 0.1));
        Assert.Equal(1, smoother.Groups[0]);
        smoother.Add(Sample(0, 1));

        Assert.Equal(Math.Exp(-1), smoother.Groups[0], 9);
    }

    [Fact]
    public void The_first_sample_is_taken_as_it_is()
    {
        var smoother = new LoadSmoother(1, 1, LoadSettings.Default);
        smoother.Add(Sample(0.7, 0.001));

        Assert.Equal(0.7, smoother.Groups[0]);
    }

    private static LoadSample Sample(double load, double seconds) => new(seconds, [load], [0], [0], [WorkerHealth.Well], double.NaN);
}
