using Metron.Agent.Appliances;
using Metron.Dataplane;
using Metron.NetworkFunctions.Blackbox;

namespace Metron.Agent.Tests;

public sealed class ApplianceWatchTests
{
    private static readonly BlackboxHealthCheck Probing = new() { Probe = BlackboxProbe.Ethernet, Interval = TimeSpan.FromSeconds(1), MissedProbes = 3 };
    private static readonly BlackboxHealthCheck Passive = new() { Silence = TimeSpan.FromSeconds(10) };

    [Fact]
    public void A_program_is_down_after_as_many_missed_probes_as_the_check_says_and_up_with_the_first_that_comes_through()
    {
        var watch = new ApplianceWatch();
        var states = new List<bool>();
        for (var second = 0; second < 7; second++)
        {
            // Probe 1 is answered in both directions, then none until probe 7.
            var answered = second == 0 ? 0u : 1u;
            var now = Observe(second, probes: (answered, answered));
            Assert.True(watch.TryBeginProbe(now, Probing, out var number));
            Assert.Equal((uint)second + 1, number);
            states.Add(watch.Observe(now, Probing).IsUp);
        }

        states.Add(watch.Observe(Observe(6.5, probes: (7, 7)), Probing).IsUp);

        // Probes 2, 3 and 4 are missed when 5 is due, at second 4.
        Assert.Equal([true, true, true, true, false, false, false, true], states);
    }

    [Theory]
    [InlineData(false, true, "probes from inside to outside are not answered")]
    [InlineData(true, false, "probes from outside to inside are not answered")]
    [InlineData(false, false, "probes are not answered in either direction")]
    public void The_direction_that_is_not_answered_is_named(bool fromInside, bool fromOutside, string problem)
    {
        var watch = new ApplianceWatch();
        var sent = 0u;
        for (var second = 0; second < 6; second++)
        {
            // What goes in at the inside is answered at the outside.
            var now = Observe(second, probes: (fromOutside ? sent : 0, fromInside ? sent : 0));
            Assert.True(watch.TryBeginProbe(now, Probing, out sent));
        }

        Assert.Equal(new ApplianceHealth(false, problem), watch.Observe(Observe(5.5, probes: (fromOutside ? sent : 0, fromInside ? sent : 0)), Probing));
    }

    [Fact]
    public void Probes_are_due_once_in_each_interval_and_never_without_a_check_for_them()
    {
        var watch = new ApplianceWatch();

        Assert.True(watch.TryBeginProbe(Observe(0), Probing, out _));
        Assert.False(watch.TryBeginProbe(Observe(0.9), Probing, out _));
        Assert.True(watch.TryBeginProbe(Observe(1), Probing, out _));
        Assert.False(watch.TryBeginProbe(Observe(9), Passive, out _));
    }

    [Fact]
    public void A_check_that_no_longer_probes_forgets_what_was_missed()
    {
        var watch = new ApplianceWatch();
        for (var second = 0; second < 6; second++)
        {
            watch.TryBeginProbe(Observe(second), Probing, out _);
        }

        Assert.False(watch.Observe(Observe(6), Probing).IsUp);
        watch.TryBeginProbe(Observe(6), Passive, out _);
        Assert.Equal(ApplianceHealth.Well, watch.Observe(Observe(6), Passive));
    }

    [Theory]
    [InlineData(false, true, "the link of inside is down")]
    [InlineData(true, false, "the link of outside is down")]
    [InlineData(false, false, "the links of inside and outside are down")]
    public void A_link_that_is_down_is_enough(bool inside, bool outside, string problem)
    {
        var watch = new ApplianceWatch();

        Assert.Equal(new ApplianceHealth(false, problem), watch.Observe(Observe(1) with { InsideUp = inside, OutsideUp = outside }, Passive));
        Assert.Equal(ApplianceHealth.Well, watch.Observe(Observe(2), Passive));
    }

    [Fact]
    public void A_silent_program_is_told_after_its_time_but_stays_up_and_a_packet_that_comes_out_ends_it()
    {
        var watch = new ApplianceWatch();
        for (var second = 0; second <= 10; second++)
        {
            Assert.Equal(ApplianceHealth.Well, watch.Observe(Observe(second, given: (ulong)second), Passive));
        }

        Assert.Equal(
            new ApplianceHealth(true, "packets go in at its inside, and none has come out at its outside for 10 s"),
            watch.Observe(Observe(11, given: 11), Passive));
        Assert.Equal(ApplianceHealth.Well, watch.Observe(Observe(12, given: 12, returned: 1), Passive));
    }

    [Fact]
    public void Silence_is_no_problem_of_a_program_that_gets_nothing_and_of_one_that_is_probed()
    {
        var (idle, probed) = (new ApplianceWatch(), new ApplianceWatch());
        idle.Observe(Observe(0, given: 5), Passive);
        for (var second = 0; second <= 60; second++)
        {
            Assert.Equal(ApplianceHealth.Well, idle.Observe(Observe(second, given: 6), Passive));
            Assert.Equal(ApplianceHealth.Well, probed.Observe(Observe(second, given: (ulong)second), Probing));
        }
    }

    internal static ApplianceObservation Observe(double seconds, ulong given = 0, ulong returned = 0, (uint Inside, uint Outside) probes = default) => new(
        TimeSpan.FromSeconds(seconds),
        true,
        true,
        new ApplianceStatistics(
            0,
            "ips",
            ApplianceGate.Open,
            new ApplianceSideStatistics(new PacketCount(given, given * 60), default, 0, 0, probes.Inside),
            new ApplianceSideStatistics(default, new PacketCount(returned, returned * 60), 0, 0, probes.Outside)));
}
