namespace Metron.OpenFlow;

/// <summary>
/// Keeps the sections of a transfer so short that the switch gets back to its packets in time: a section more of rules while it is busy for less than the
/// target, half as many when it was busy for longer.
/// </summary>
/// <remarks>
/// How long it was busy is the time from sending a section to the barrier's reply, less the shortest such time that was seen, which is the way there and
/// back. A delay on this side counts as the switch's: then sections are smaller than they could be, never larger.
/// </remarks>
/// <param name="target">How long the switch may be busy.</param>
/// <param name="most">Most rules of a section.</param>
internal sealed class SectionPace(TimeSpan target, int most)
{
    /// <summary>Fewest rules of a section, and what it grows by. Open vSwitch takes 50 messages before it looks at its ports.</summary>
    private const int Step = 32;

    private TimeSpan _way = TimeSpan.MaxValue;

    /// <summary>Rules of the next section.</summary>
    public int Rules { get; private set; } = Math.Min(Step, most);

    /// <summary>How long to leave the switch alone before the next section.</summary>
    public TimeSpan Pause { get; private set; }

    /// <summary>Notes how long the reply to a barrier took.</summary>
    /// <param name="roundTrip">From sending what precedes it to its reply.</param>
    /// <param name="isIdle">Whether nothing preceded it.</param>
    public void Note(TimeSpan roundTrip, bool isIdle = false)
    {
        _way = roundTrip < _way ? roundTrip : _way;
        if (isIdle)
        {
            return;
        }

        var busy = roundTrip - _way;
        Rules = busy > target ? Math.Max(Math.Min(Step, most), Rules / 2) : Math.Min(Rules + Step, most);

        // Half of the time for packets; where a change takes longer than that, more time would not help.
        Pause = busy < target ? busy : target;
    }
}
