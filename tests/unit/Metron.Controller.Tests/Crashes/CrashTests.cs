using Metron.VirtualSwitch;
using Xunit.Abstractions;

namespace Metron.Controller.Tests.Crashes;

/// <summary>
/// A real controller process is killed when its n-th message of an update has reached the switch, for each n, with that message carried out or not.
/// Started again, it makes the switch what it should be; packets that the update is not about are forwarded at every moment.
/// </summary>
/// <remarks>
/// Every boundary when METRON_LONG_TESTS is set, and then the time until the switch is as it should be is bounded as well, for which the machine has to be
/// quiet; else one of each kind of update, or as many as METRON_CRASH_KILLS says, by a seed that METRON_CRASH_SEED can set.
/// </remarks>
[Collection(Alone)]
public class CrashTests(ITestOutputHelper output)
{
    /// <summary>Runs by itself: the time until the switch is as it should be is measured.</summary>
    public const string Alone = "crashes";

    private const int MostMessages = 1000;
    private static readonly TimeSpan _longestRecovery = TimeSpan.FromSeconds(5);
    private static readonly int _kills = Setting("METRON_CRASH_KILLS") ?? 1;
    private static readonly bool _all = Environment.GetEnvironmentVariable("METRON_LONG_TESTS") is { Length: > 0 };

    /// <summary>The scenarios by name.</summary>
    public static TheoryData<string> Scenarios => [.. CrashScenarios.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task An_update_survives_a_kill_at_every_message(string name)
    {
        var scenario = CrashScenarios.All.Single(candidate => candidate.Name == name);
        await using var world = await CrashWorld.StartAsync(scenario);
        var (first, second) = await UndisturbedAsync(world);
        var seed = Setting("METRON_CRASH_SEED") ?? Random.Shared.Next();
        var isSecond = true;
        var kills = 0;
        var killsBefore = 0;
        var count = world.MessageCount;
        foreach (var (message, isProcessed) in _all ? Every() : Some(count, seed))
        {
            await scenario.Prepare(world);
            var killed = world.KillAt(message, isProcessed);
            isSecond = !isSecond;
            await scenario.Update(world, isSecond);
            var expected = isSecond ? second : first;
            await world.SettledAsync(scenario.Chains, expected, killed);
            if (killed.IsCompleted)
            {
                kills++;
                await world.RestartAsync(scenario.Chains, expected);
            }

            world.Switch.Faults = Faults.None;
            Assert.True(world.Violations.Count == 0, $"seed {seed}, message {message}, carried out: {isProcessed}: {string.Join('\n', world.Violations.Take(5))}");
            if (_all ? !isProcessed && kills == killsBefore : kills >= _kills)
            {
                break;
            }

            killsBefore = isProcessed ? killsBefore : kills;
        }

        output.WriteLine(
            $"{name}: {kills} kills at the messages of an update of {count} (seed {seed}); longest time from the start of the next controller until it served: "
            + $"{world.WorstStart.TotalSeconds:0.00} s, until the switch was as it should be: {world.WorstRecovery.TotalSeconds:0.00} s, which went like this:\n"
            + world.WorstLog);
        Assert.True(kills > 0, "never killed");
        Assert.True(!_all || world.WorstRecovery < _longestRecovery, $"{world.WorstRecovery.TotalSeconds:0.00} s: {world.WorstLog}");
    }

    /// <summary>Makes the update once and counts its messages; what the switch has before and after is what it must have after each kill.</summary>
    private static async Task<(CrashRules First, CrashRules Second)> UndisturbedAsync(CrashWorld world)
    {
        var scenario = world.Scenario;
        await scenario.Begin(world);
        await world.SettledAsync();
        await scenario.Prepare(world);
        await world.SettledAsync();
        var first = world.Rules();
        world.LookFrom(scenario.Check);
        world.CountMessages();
        await scenario.Update(world, true);
        await world.ChangedAsync();
        await world.SettledAsync(scenario.Chains, scenario.Name == "drift" ? first : null);
        var second = world.Rules();
        Assert.Equal(scenario.Name == "drift", first.Equals(second));
        return (scenario.IsOneWay ? second : first, second);
    }

    private static IEnumerable<(int Message, bool IsProcessed)> Every() =>
        Enumerable.Range(1, MostMessages).SelectMany(message => new[] { (message, true), (message, false) });

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : null;

    /// <summary>Boundaries at messages that change something; more than are needed, in case that an update takes fewer.</summary>
    private static IEnumerable<(int Message, bool IsProcessed)> Some(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, 3 * _kills).Select(i => (random.Next(i % 3 == 0 ? count : (count + 1) / 2) + 1, random.Next(2) == 0)).Append((1, true));
    }
}

/// <summary>Tests that run by themselves.</summary>
[CollectionDefinition(CrashTests.Alone, DisableParallelization = true)]
public sealed class CrashTestsAlone;
