namespace Metron.OpenFlow.Tests.Bulk;

/// <summary>How long sections are beside traffic, and how long the switch is left alone after each.</summary>
public class SectionPaceTests
{
    private static readonly TimeSpan Target = Milliseconds(5);

    [Fact]
    public void Sections_grow_step_by_step_while_the_switch_is_busy_for_less_than_the_target_and_halve_when_for_longer()
    {
        var pace = new SectionPace(Target, 1000);
        pace.Note(Milliseconds(1), isIdle: true);
        List<int> sizes = [pace.Rules];
        foreach (var milliseconds in new[] { 2, 3, 6, 7, 3 })
        {
            pace.Note(Milliseconds(milliseconds));
            sizes.Add(pace.Rules);
        }

        // 7 ms are more than 5 ms and the way of 1 ms.
        Assert.Equal([32, 64, 96, 128, 64, 96], sizes);
    }

    [Fact]
    public void A_section_never_exceeds_the_limit_of_the_switch_nor_falls_below_the_smallest()
    {
        var small = new SectionPace(Target, 10);
        small.Note(Milliseconds(0));
        Assert.Equal(10, small.Rules);
        small.Note(Milliseconds(90));
        Assert.Equal(10, small.Rules);
        var large = new SectionPace(Target, 1000);
        large.Note(Milliseconds(0));
        large.Note(Milliseconds(90));
        large.Note(Milliseconds(90));
        Assert.Equal(32, large.Rules);
    }

    [Fact]
    public void Packets_get_as_long_as_the_switch_was_busy_up_to_the_target()
    {
        var pace = new SectionPace(Target, 1000);
        pace.Note(Milliseconds(40), isIdle: true);
        pace.Note(Milliseconds(43));
        Assert.Equal(Milliseconds(3), pace.Pause);
        pace.Note(Milliseconds(900));
        Assert.Equal(Target, pace.Pause);
    }

    [Fact]
    public void A_way_that_was_measured_too_long_is_put_right_by_the_first_section_that_is_quicker()
    {
        var pace = new SectionPace(Target, 1000);
        pace.Note(Milliseconds(40), isIdle: true);
        pace.Note(Milliseconds(2));
        pace.Note(Milliseconds(10));
        Assert.Equal(32, pace.Rules);
    }

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
