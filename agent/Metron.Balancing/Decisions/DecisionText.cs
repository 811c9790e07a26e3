using System.Globalization;

namespace Metron.Balancing;

/// <summary>Decisions in a sentence.</summary>
public static class DecisionText
{
    /// <summary>What was decided and why.</summary>
    public static string Of(BalancerDecision decision)
    {
        var parts = new List<string>();
        if (Scaling(decision.Scaling) is { } scaling)
        {
            parts.Add(scaling);
        }

        parts.Add(decision.Moves.Length == 0
            ? Reason(decision.Plan.End)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Count(decision.Moves.Length, "flow group")} with {decision.Plan.MovedLoad:0.000} cores: highest load {decision.Plan.HighestBefore:0.00} → {decision.Plan.HighestAfter:0.00}"));
        if (decision.Elephants.Length > 0)
        {
            parts.Add($"more than a worker can do: {Count(decision.Elephants.Length, "flow group")} ({string.Join(", ", decision.Elephants)})");
        }

        if (decision.Parked.Length > 0)
        {
            parts.Add($"{(decision.Parked.Length == 1 ? "worker" : "workers")} {string.Join(", ", decision.Parked)} {(decision.Parked.Length == 1 ? "sleeps" : "sleep")} now");
        }

        return string.Join("; ", parts);
    }

    private static string? Scaling(in ScalingDecision scaling)
    {
        if (scaling.Added > 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{Count(scaling.Added, "worker")} more, as {Why(scaling.Reason)}: utilisation {scaling.Utilisation:0.00} → {scaling.UtilisationAfter:0.00}");
        }

        if (scaling.Removed >= 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"worker {scaling.Removed} is emptied, as {Why(scaling.Reason)}: utilisation {scaling.Utilisation:0.00} → {scaling.UtilisationAfter:0.00}");
        }

        return scaling.Reason == ScalingReason.NoneLeft
            ? string.Create(CultureInfo.InvariantCulture, $"more workers are needed than there are or are allowed: utilisation {scaling.Utilisation:0.00}")
            : null;
    }

    private static string Why(ScalingReason reason) => reason switch
    {
        ScalingReason.BelowMinimum => "fewer than the minimum were in use",
        ScalingReason.AboveMaximum => "more than the maximum were in use",
        ScalingReason.AboveTarget => "load was above the target",
        ScalingReason.AboveLatency => "latency was above the objective",
        ScalingReason.Spare => "the others are enough",
        _ => "things are",
    };

    private static string Reason(BalanceEnd end) => end switch
    {
        BalanceEnd.WithinThreshold => "balanced",
        BalanceEnd.Precise => "balanced as far as asked",
        BalanceEnd.NothingBetter => "no move is worth its cost",
        BalanceEnd.MoveLimit => "moves are limited",
        BalanceEnd.SearchLimit => "nothing better was found in the time allowed",
        BalanceEnd.NoChoice => "one worker is in use",
        _ => end.ToString(),
    };

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? string.Empty : "s")}";
}
