using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What became of a rule that was tried.</summary>
internal enum TrialOutcome
{
    /// <summary>It came back as it was sent.</summary>
    Works,

    /// <summary>The switch refused it, or the protocol's version cannot express it.</summary>
    Refused,

    /// <summary>The switch said nothing, and does not have it.</summary>
    Lost,

    /// <summary>The switch has another rule than was sent.</summary>
    Altered,
}

/// <summary>What became of a rule that was tried.</summary>
/// <param name="Rule">The rule as it was sent.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Said">The error, or what came back instead; empty for a rule that works.</param>
/// <param name="OnlyAlone">Whether it was refused beside others and accepted alone.</param>
internal sealed record RuleTrial(FlowMod Rule, TrialOutcome Outcome, string Said, bool OnlyAlone = false)
{
    /// <summary>Whether the rule can be used.</summary>
    public bool Works => Outcome == TrialOutcome.Works;

    /// <summary>The outcome in a few words.</summary>
    public override string ToString() => Outcome switch
    {
        TrialOutcome.Works => "works",
        TrialOutcome.Refused => Said,
        TrialOutcome.Lost => "accepted without a word, but not installed",
        _ => $"came back altered: {Said}",
    };
}
