namespace Metron.Balancing;

/// <summary>Why the solver stopped.</summary>
public enum BalanceEnd : byte
{
    /// <summary>Nothing was to be done: every worker within <see cref="BalanceSettings.Threshold"/>, none draining, no elephant in company.</summary>
    WithinThreshold,

    /// <summary>Every aim is met to <see cref="BalanceSettings.Precision"/>.</summary>
    Precise,

    /// <summary>No move and no exchange that it knows improves by more than it costs.</summary>
    NothingBetter,

    /// <summary><see cref="BalanceSettings.MaximumMoves"/> forbade what would have improved.</summary>
    MoveLimit,

    /// <summary>It searched for <see cref="BalanceSettings.SearchSteps"/>; the best plan so far is given.</summary>
    SearchLimit,

    /// <summary>Fewer than two workers can take part.</summary>
    NoChoice,
}
