namespace Metron.Balancing;

/// <summary>The last decisions. Thread-safe.</summary>
/// <param name="capacity">How many are kept: 1 or more.</param>
public sealed class DecisionLog(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<BalancerDecision> _ended = new();
    private BalancerDecision? _last;

    /// <summary>The decisions, the oldest first; only the last has no outcome yet.</summary>
    public IReadOnlyList<BalancerDecision> Read()
    {
        lock (_lock)
        {
            return _last is null ? [.. _ended] : [.. _ended, _last];
        }
    }

    /// <summary>The last decision, or null before the first.</summary>
    public BalancerDecision? Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>Adds a decision; the one before gets its outcome.</summary>
    internal void Add(BalancerDecision decision, Outcome? outcomeOfLast)
    {
        lock (_lock)
        {
            if (_last is not null)
            {
                _ended.Enqueue(_last with { Outcome = outcomeOfLast });
            }

            _last = decision;
            while (_ended.Count >= Math.Max(1, capacity))
            {
                _ended.Dequeue();
            }
        }
    }

    /// <summary>The last decision that has an outcome, or null.</summary>
    public BalancerDecision? LastEnded
    {
        get
        {
            lock (_lock)
            {
                return _ended.LastOrDefault();
            }
        }
    }
}
