using System.Globalization;
using Xunit.Sdk;

namespace Metron.Dataplane.Tests.Chaos;

/// <summary>
/// Flow groups move while workers stall and die and the NIC refuses: whatever the order of events, no packet is lost but for a named reason, none comes twice
/// or overtakes another of its flow, and no binding, counter or mbuf goes astray. METRON_CHAOS_SEED=N runs one seed, METRON_CHAOS_SEEDS=N so many.
/// </summary>
public sealed class ChaosTests
{
    private const int Seeds = 10_000;

    [Fact]
    public void Groups_move_without_loss_or_reordering_whatever_happens()
    {
        var one = Read("METRON_CHAOS_SEED");
        var (first, count) = one is { } seed ? (seed, 1) : (0, Read("METRON_CHAOS_SEEDS") ?? Seeds);
        Parallel.For(0, Environment.ProcessorCount, part =>
        {
            using var pool = new MbufPool();
            for (var i = part; i < count; i += Environment.ProcessorCount)
            {
                Run(first + i, pool);
            }
        });
    }

    private static int? Read(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static void Run(int seed, MbufPool pool)
    {
        try
        {
            using var run = new ChaosRun(seed, pool);
            run.Run();
        }
        catch (Exception exception)
        {
            throw new XunitException($"METRON_CHAOS_SEED={seed}: {exception.Message}", exception);
        }
    }
}
