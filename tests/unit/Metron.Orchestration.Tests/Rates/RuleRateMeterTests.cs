using Metron.Offload;

namespace Metron.Orchestration.Tests.Rates;

public class RuleRateMeterTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly FunctionRule Rule = new("fw", 0, "rule deny");
    private static readonly RuleCounter Switch = new(RuleCounterKind.Switch, "br0");
    private static readonly RuleCounter Server = new(RuleCounterKind.Server, "s1");

    [Fact]
    public void A_steady_rate_is_told_after_half_a_half_life()
    {
        var meter = new RuleRateMeter(TimeSpan.FromSeconds(10));
        Feed(meter, Switch, 0, 4, second => 100UL * (ulong)second);
        Assert.Null(meter.Read("web", Rule));

        Feed(meter, Switch, 5, 9, second => 100UL * (ulong)second);
        Assert.Equal(100, meter.Read("web", Rule)!.Value.Packets, 0.5);
        Assert.Null(meter.Read("other", Rule));
    }

    [Fact]
    public void What_was_measured_before_counts_half_after_a_half_life()
    {
        var meter = new RuleRateMeter(TimeSpan.FromSeconds(10));
        Feed(meter, Switch, 0, 100, second => 100UL * (ulong)second);
        Feed(meter, Switch, 101, 110, _ => 10_000);
        Assert.Equal(50, meter.Read("web", Rule)!.Value.Packets, 1.0);
    }

    [Fact]
    public void A_rate_stays_the_same_while_its_rule_goes_from_a_server_to_the_switch_and_counters_begin_anew()
    {
        var meter = new RuleRateMeter(TimeSpan.FromSeconds(10));
        for (var second = 0; second <= 120; second++)
        {
            // On the server until second 60; then on the switch, where it is added again at second 90.
            var time = Begin.AddSeconds(second);
            var onSwitch = second < 60 ? 0UL : 100UL * (ulong)(second < 90 ? second - 60 : second - 90);
            meter.Take("web", Server, time, [new RuleCount(Rule, "program", 100UL * (ulong)Math.Min(second, 60), null)], ["fw"]);
            meter.Take("web", Switch, time, second < 60 ? [] : [new RuleCount(Rule, second < 90 ? "first" : "second", onSwitch, null)], []);
            if (second > 30)
            {
                Assert.InRange(meter.Read("web", Rule)!.Value.Packets, 90, 110);
            }
        }
    }

    [Fact]
    public void A_counter_that_went_back_began_anew_and_a_reading_that_came_twice_says_nothing()
    {
        var meter = new RuleRateMeter(TimeSpan.FromSeconds(10));
        Feed(meter, Switch, 0, 60, second => 100UL * (ulong)(second % 30));
        Feed(meter, Switch, 60, 60, _ => 1_000_000);
        Assert.InRange(meter.Read("web", Rule)!.Value.Packets, 85, 110);
    }

    [Fact]
    public void A_rule_of_a_function_that_counts_every_denied_packet_and_names_it_not_takes_none()
    {
        var meter = new RuleRateMeter(TimeSpan.FromSeconds(10));
        for (var second = 0; second < 20; second++)
        {
            meter.Take("web", Server, Begin.AddSeconds(second), [], ["fw"]);
        }

        var rates = meter.Snapshot();
        Assert.Equal(0, rates.PacketsPerSecond("web", Rule));
        Assert.Null(rates.PacketsPerSecond("web", new FunctionRule("other", 0, "rule deny")));
    }

    private static void Feed(RuleRateMeter meter, RuleCounter counter, int from, int to, Func<int, ulong> packets)
    {
        for (var second = from; second <= to; second++)
        {
            meter.Take("web", counter, Begin.AddSeconds(second), [new RuleCount(Rule, "rule", packets(second), null)], []);
        }
    }
}
