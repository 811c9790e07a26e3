using Xunit.Abstractions;

namespace Metron.Offline.Tests;

/// <summary>
/// What random packets are worth: every dataplane that is wrong in one thing is found out by them, and long before the normal run of the property
/// is over. A dataplane that is not found out is a way to be wrong that the property would not notice.
/// </summary>
public class BrokenDataplaneTests(ITestOutputHelper output)
{
    /// <summary>A fifth of what the property looks at in its normal run, of chains that the broken thing is part of.</summary>
    private const int Most = 20_000;

    public static TheoryData<string> Names => [.. BrokenDataplanes.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_broken_dataplane_is_found_out(string name)
    {
        var packets = 0;
        for (var seed = 1; packets < Most; seed++)
        {
            var result = RandomCase.Run(seed, BrokenDataplanes.All[name]);
            packets += result?.Arrivals.Count ?? 0;
            if (result?.Difference is { } difference)
            {
                output.WriteLine($"after {packets} packets, seed {seed}: {difference}");
                return;
            }
        }

        Assert.Fail($"{name}: {packets} packets made no difference");
    }
}
