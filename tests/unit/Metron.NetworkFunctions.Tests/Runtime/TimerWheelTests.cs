using CsCheck;
using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Tests.Runtime;

public class TimerWheelTests
{
    [Fact]
    public void Timers_within_a_turn_come_up_when_due_and_not_before() =>
        Gen.Select(Gen.Long[0, 900_000].Array[1, 100], Gen.Long[1, 50_000].Array[1, 60]).Sample((delays, steps) =>
        {
            const long start = 12_345;
            var wheel = new TimerWheel();
            for (var handle = 0; handle < delays.Length; handle++)
            {
                wheel.Schedule(handle, start + delays[handle], start);
            }

            var now = start;
            var pending = Enumerable.Range(0, delays.Length).ToHashSet();
            foreach (var step in steps)
            {
                now += step;
                while (wheel.TryTake(now, out var handle))
                {
                    Assert.True(start + delays[handle] <= now, "early");
                    Assert.True(pending.Remove(handle), "twice");
                }

                Assert.All(pending, handle => Assert.True(start + delays[handle] > now - 256, "late"));
            }
        });

    [Fact]
    public void A_deadline_beyond_a_turn_comes_up_early_to_be_scheduled_again()
    {
        var wheel = new TimerWheel();
        wheel.Schedule(5, 10_000_000, 0);

        Assert.False(wheel.TryTake(1_000_000, out _));
        Assert.True(wheel.TryTake(1_100_000, out var handle));
        Assert.Equal(5, handle);
    }

    [Fact]
    public void A_timer_that_is_set_again_or_cancelled_does_not_come_up_at_its_old_time()
    {
        var wheel = new TimerWheel();
        wheel.Schedule(1, 1_000, 0);
        wheel.Schedule(2, 1_000, 0);
        wheel.Schedule(1, 5_000, 0);
        wheel.Cancel(2);

        Assert.False(wheel.TryTake(4_000, out _));
        Assert.True(wheel.TryTake(6_000, out var handle));
        Assert.Equal(1, handle);
        Assert.False(wheel.TryTake(600_000, out _));
    }

    [Fact]
    public void Nothing_is_lost_when_nobody_asked_for_longer_than_a_turn()
    {
        var wheel = new TimerWheel();
        for (var handle = 0; handle < 100; handle++)
        {
            wheel.Schedule(handle, handle * 10_000, 0);
        }

        var taken = 0;
        while (wheel.TryTake(100_000_000, out _))
        {
            taken++;
        }

        Assert.Equal(100, taken);
    }
}
