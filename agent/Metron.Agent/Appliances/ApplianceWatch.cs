using System.Globalization;
using Metron.Dataplane;
using Metron.NetworkFunctions.Blackbox;

namespace Metron.Agent.Appliances;

/// <summary>What is known of a closed program's interfaces on one worker at a moment.</summary>
/// <param name="Time">When, on a clock that never goes back.</param>
/// <param name="InsideUp">Whether the link of its inside is up.</param>
/// <param name="OutsideUp">Whether the link of its outside is up.</param>
/// <param name="Counters">What went over them.</param>
internal sealed record ApplianceObservation(TimeSpan Time, bool InsideUp, bool OutsideUp, ApplianceStatistics Counters)
{
    /// <summary>Whether the link of a side is up.</summary>
    public bool IsUp(int side) => side == 0 ? InsideUp : OutsideUp;
}

/// <summary>How a closed program is.</summary>
/// <param name="IsUp">Whether packets are given to it.</param>
/// <param name="Problem">What is not right, in words; empty when all is well. Something may be wrong with a program that counts as up.</param>
internal readonly record struct ApplianceHealth(bool IsUp, string Problem)
{
    public static ApplianceHealth Well => new(true, string.Empty);
}

/// <summary>
/// Judges a closed program on one worker by what is observed. It is down when a link is down, or when as many probes in a row as the health check
/// says went in on a side and did not come out on the other; one that comes through ends it. Silence is told, and changes nothing: whoever can
/// send a program only what it rightly drops would otherwise open the way around it. Pure but for its memory.
/// </summary>
internal sealed class ApplianceWatch
{
    private static readonly string[] Names = ["inside", "outside"];

    private readonly uint[] _sent = new uint[2];
    private readonly uint[] _missed = new uint[2];
    private readonly Direction[] _directions = new Direction[2];
    private TimeSpan? _lastProbe;

    /// <summary>Judges.</summary>
    public ApplianceHealth Observe(ApplianceObservation now, BlackboxHealthCheck check)
    {
        var silence = string.Empty;
        for (var side = 1; side >= 0; side--)
        {
            if (_sent[side] > 0 && now.Counters.Side(1 - side).AnsweredProbe == _sent[side])
            {
                _missed[side] = 0;
            }

            silence = Silence(side, now, check) ?? silence;
        }

        return DownLink(now) ?? MissedProbes(check) ?? new ApplianceHealth(true, silence);
    }

    /// <summary>Whether the next probes are due; then they are counted as sent, and those before that were not answered as missed.</summary>
    /// <param name="now">What is observed.</param>
    /// <param name="check">How to look.</param>
    /// <param name="number">Number of the probes.</param>
    public bool TryBeginProbe(ApplianceObservation now, BlackboxHealthCheck check, out uint number)
    {
        number = 0;
        if (check.Probe == BlackboxProbe.None)
        {
            _lastProbe = null;
            Array.Clear(_missed);
            return false;
        }

        if (now.Time - _lastProbe < check.Interval)
        {
            return false;
        }

        _lastProbe = now.Time;
        for (var side = 0; side < 2; side++)
        {
            var isAnswered = now.Counters.Side(1 - side).AnsweredProbe == _sent[side];
            _missed[side] = isAnswered ? 0 : _missed[side] + 1;
            _sent[side]++;
        }

        number = _sent[0];
        return true;
    }

    private static ApplianceHealth? DownLink(ApplianceObservation now) => (now.InsideUp, now.OutsideUp) switch
    {
        (true, true) => null,
        (false, false) => new ApplianceHealth(false, "the links of inside and outside are down"),
        (false, true) => new ApplianceHealth(false, "the link of inside is down"),
        (true, false) => new ApplianceHealth(false, "the link of outside is down"),
    };

    private ApplianceHealth? MissedProbes(BlackboxHealthCheck check)
    {
        if (check.Probe == BlackboxProbe.None)
        {
            return null;
        }

        var (fromInside, fromOutside) = (_missed[0] >= check.MissedProbes, _missed[1] >= check.MissedProbes);
        return fromInside && fromOutside ? new ApplianceHealth(false, "probes are not answered in either direction")
            : fromInside ? new ApplianceHealth(false, "probes from inside to outside are not answered")
            : fromOutside ? new ApplianceHealth(false, "probes from outside to inside are not answered")
            : null;
    }

    /// <summary>
    /// A direction is silent when packets went in for as long as the check says, and go on doing so, without one coming out.
    /// </summary>
    private string? Silence(int side, ApplianceObservation now, BlackboxHealthCheck check)
    {
        ref var direction = ref _directions[side];
        var (given, returned) = (now.Counters.Side(side).Given.Packets, now.Counters.Side(1 - side).Returned.Packets);
        if (returned != direction.Returned || direction.Since is null && given == direction.Given)
        {
            direction = new Direction(given, returned, null, null);
            return null;
        }

        if (given != direction.Given)
        {
            direction = direction with { Given = given, Since = direction.Since ?? now.Time, LastGiven = now.Time };
        }

        if (now.Time - direction.LastGiven >= check.Silence)
        {
            // Nothing goes in any more, so nothing is expected to come out.
            direction = direction with { Since = null, LastGiven = null };
        }

        var isSilent = check.Probe == BlackboxProbe.None && check.Silence > TimeSpan.Zero && now.Time - direction.Since >= check.Silence;
        return isSilent
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"packets go in at its {Names[side]}, and none has come out at its {Names[1 - side]} for {(now.Time - direction.Since!.Value).TotalSeconds:0} s")
            : null;
    }

    /// <param name="Given">Packets given at the last look.</param>
    /// <param name="Returned">Packets returned on the other side at the last look.</param>
    /// <param name="Since">When packets began to go in after the last one that came out; null when none did.</param>
    /// <param name="LastGiven">When the last of them was seen.</param>
    private readonly record struct Direction(ulong Given, ulong Returned, TimeSpan? Since, TimeSpan? LastGiven);
}
