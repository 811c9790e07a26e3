namespace Metron.OpenFlow;

/// <summary>Lets one line per reason and second into the log, and counts the others. Safe for concurrent use.</summary>
internal sealed class RefusalLog(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<RefusalReason, (long Said, long Unsaid)> _reasons = [];

    /// <summary>Whether a refusal is to be logged now.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="unsaid">Refusals for the reason since the last that was logged.</param>
    public bool IsDue(RefusalReason reason, out long unsaid)
    {
        lock (_lock)
        {
            var (said, since) = _reasons.TryGetValue(reason, out var entry) ? entry : (0, 0);
            unsaid = since;
            if (said != 0 && time.GetElapsedTime(said) < Interval)
            {
                _reasons[reason] = (said, since + 1);
                return false;
            }

            _reasons[reason] = (time.GetTimestamp(), 0);
            return true;
        }
    }
}
