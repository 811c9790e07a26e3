namespace Metron.Synthesis;

/// <summary>How much a comparison may compute.</summary>
/// <param name="Duration">Longest time for proofs; sampling, where a proof takes longer, adds a fifth of it.</param>
/// <param name="Time">The clock.</param>
public sealed record EquivalenceBudget(TimeSpan Duration, TimeProvider Time)
{
    /// <summary>Most pairs of sets that are compared.</summary>
    public long MaximumOperations { get; init; } = long.MaxValue;

    /// <summary>Most packets that are tried where there is no proof.</summary>
    public int MaximumSamples { get; init; } = 100_000;

    /// <summary>Seed of these packets.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>Counts work against a budget. Comparisons that share one share its budget.</summary>
public sealed class EquivalenceWork
{
    private const int OperationsBetweenLooks = 1 << 14;
    private readonly long _start;
    private long _nextLook;
    private bool _isExhausted;

    public EquivalenceWork(EquivalenceBudget budget)
    {
        Budget = budget;
        _start = budget.Time.GetTimestamp();
    }

    public EquivalenceBudget Budget { get; }

    /// <summary>Pairs of sets compared so far.</summary>
    public long Operations { get; private set; }

    /// <summary>Time since the beginning.</summary>
    public TimeSpan Elapsed => Budget.Time.GetElapsedTime(_start);

    /// <summary>Whether no proof should be sought any longer.</summary>
    public bool IsExhausted => _isExhausted;

    /// <summary>Whether sampling should end.</summary>
    internal bool IsOver => Elapsed > Budget.Duration * 1.2;

    internal void Count(int operations)
    {
        Operations += operations;
        if (Operations >= _nextLook)
        {
            _nextLook = Operations + OperationsBetweenLooks;
            _isExhausted = _isExhausted || Operations > Budget.MaximumOperations || Elapsed > Budget.Duration;
        }
    }
}
