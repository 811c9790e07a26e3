using CsCheck;
using Metron.NetworkFunctions.Esp;

namespace Metron.NetworkFunctions.Tests.Esp;

public sealed class ReplayWindowTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(4096)]
    public void A_number_is_fresh_once_and_only_within_the_window(int size) =>
        Gen.Long[-(size + 100), 200].Array[1, 400].Sample(steps =>
        {
            var window = new ReplayWindow(size, false);
            var seen = new HashSet<ulong>();
            ulong newest = 5000;
            window.Note(newest);
            seen.Add(newest);
            foreach (var step in steps)
            {
                var number = (ulong)Math.Clamp((long)newest + step, 0, uint.MaxValue);
                var expected = number != 0 && !seen.Contains(number) && number + (ulong)size > newest;
                Assert.Equal(expected, window.IsFresh(number));
                if (expected)
                {
                    window.Note(number);
                    seen.Add(number);
                    newest = Math.Max(newest, number);
                }
            }
        });

    [Fact]
    public void Extended_numbers_are_told_by_their_lower_half_across_its_wrap() =>
        Gen.Select(Gen.ULong[1, 1ul << 40], Gen.Long[-63, 1 << 30]).Sample((newest, step) =>
        {
            var window = new ReplayWindow(64, true);
            window.Note(newest);
            var number = (ulong)Math.Max(1, (long)newest + step);
            Assert.Equal(number, window.Extend((uint)number));
        });

    [Fact]
    public void A_jump_far_ahead_forgets_all_that_was_before()
    {
        var window = new ReplayWindow(64, false);
        for (var number = 1ul; number <= 64; number++)
        {
            window.Note(number);
        }

        window.Note(1000);
        Assert.False(window.IsFresh(1000));
        Assert.False(window.IsFresh(936));
        Assert.All(Enumerable.Range(937, 63), number => Assert.True(window.IsFresh((ulong)number)));
        Assert.False(window.IsFresh(0));
    }
}
