namespace Metron.OpenFlow;

/// <summary>How many rules are sent before the switch is asked for them, and how it is asked.</summary>
public sealed record RuleTransferOptions
{
    /// <summary>Rules between two questions: a section, 1 to 10,000. Small sections cost time at the switch, large ones memory here.</summary>
    public int RulesPerSection { get; init; } = 1000;

    /// <summary>Most rules that may be on the way without an answer; at least one section is.</summary>
    public int RulesInFlight { get; init; } = 5000;

    /// <summary>
    /// How long the switch may be busy with a section, 1 ms to 1 minute; null: it takes rules as fast as it can. For switches that forward
    /// in software and carry traffic: they forward little while they change rules, and what arrives meanwhile waits in the buffers of their ports. Sections then
    /// go one by one, their size follows from how long the barriers take, and between them the switch has as long for its packets as it was busy.
    /// Counts only where barriers confirm.
    /// </summary>
    public TimeSpan? TargetSectionTime { get; init; }

    /// <summary>How to learn what became of a section.</summary>
    public RuleConfirmation Confirmation { get; init; } = RuleConfirmation.Barrier;

    /// <summary>When reading back: how long a rule may take to appear before it counts as missing.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>When reading back: pause between two looks.</summary>
    public TimeSpan PauseBetweenReads { get; init; } = TimeSpan.FromMilliseconds(100);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(RulesPerSection, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RulesPerSection, 10_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(RulesInFlight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PauseBetweenReads, TimeSpan.FromMilliseconds(1));
        if (TargetSectionTime is { } target)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(target, TimeSpan.FromMilliseconds(1), nameof(TargetSectionTime));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(target, TimeSpan.FromMinutes(1), nameof(TargetSectionTime));
        }
    }
}

/// <summary>How to learn what became of rules that were sent.</summary>
public enum RuleConfirmation
{
    /// <summary>By a barrier behind each section. A section whose barrier is refused, or not answered in time, is read back.</summary>
    Barrier,

    /// <summary>By reading back each section: for switches without barriers, or that answer them before they are done.</summary>
    ReadBack,
}

/// <summary>What became of a rule that was sent.</summary>
public enum RuleOutcome
{
    /// <summary>The switch carried it out.</summary>
    Applied,

    /// <summary>The switch refused it with an error.</summary>
    Refused,

    /// <summary>No error came, but read back the switch does not have what was sent: it was dropped silently.</summary>
    Missing,
}

/// <summary>A rule that the switch did not carry out.</summary>
/// <param name="Index">Its place among all rules of the transfer, from 0.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Outcome">Refused or missing.</param>
/// <param name="Error">The switch's error; null when the rule is missing without one.</param>
public sealed record RuleFailure(long Index, FlowMod Rule, RuleOutcome Outcome, ErrorMessage? Error)
{
    /// <summary>Place, error and rule in one line.</summary>
    public override string ToString() => $"rule {Index}: {Error?.Code.Name ?? "taken without an error, but not there"}: {Rule}";
}

/// <summary>What became of consecutive rules. Final: no rule of it is unknown.</summary>
/// <param name="First">Place of its first rule among all rules of the transfer, from 0.</param>
/// <param name="Rules">The rules, in the order in which they were sent.</param>
/// <param name="Failures">Those that the switch did not carry out, in order; all others were.</param>
/// <param name="ConfirmedBy">How this is known.</param>
public sealed record RuleSectionResult(long First, IReadOnlyList<FlowMod> Rules, IReadOnlyList<RuleFailure> Failures, RuleConfirmation ConfirmedBy)
{
    /// <summary>What became of the rule at <paramref name="index"/> of this section, from 0.</summary>
    public RuleOutcome OutcomeOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Rules.Count);
        foreach (var failure in Failures)
        {
            if (failure.Index == First + index)
            {
                return failure.Outcome;
            }
        }

        return RuleOutcome.Applied;
    }
}
