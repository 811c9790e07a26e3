using System.Diagnostics;

namespace Metron.OpenFlow;

/// <summary>Lets a listener rest when peers come without pause: a crowd that comes at once must not keep a core from the switches that are there.</summary>
internal sealed class AcceptPause
{
    /// <summary>Some thousands of connections a second, in pieces of 0.25 ms.</summary>
    private static readonly long LongestTicks = Stopwatch.Frequency / 4000;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1);

    private long _since = Stopwatch.GetTimestamp();

    /// <summary>Whether the listener had to wait for the peer: it has rested.</summary>
    public bool Waits { get; set; }

    /// <summary>Rests when it is time.</summary>
    public async ValueTask AfterEachAsync()
    {
        var now = Stopwatch.GetTimestamp();
        if (Waits)
        {
            _since = now;
        }
        else if (now - _since >= LongestTicks)
        {
            await Task.Delay(Rest, CancellationToken.None).ConfigureAwait(false);
            _since = Stopwatch.GetTimestamp();
        }
    }
}
