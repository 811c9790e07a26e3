namespace Metron.Synthesis;

/// <summary>What was found out about one rule of a list. Other rules are referred to by index.</summary>
internal struct RuleNote
{
    /// <summary>Why the rule is not needed; null when it is, or when nothing else is known.</summary>
    public NeedlessRule? Needless;

    /// <summary>Whether every cube of a shadowed rule lies in one cube of an earlier rule.</summary>
    public bool IsCoveredSingly;

    /// <summary>The last rule that was looked at to tell that the rule is redundant; <see cref="int.MaxValue"/> for all of them.</summary>
    public int Reach;

    /// <summary>Whether earlier rules had to be taken away to tell that the rule is redundant.</summary>
    public bool IsBehindEarlier;

    /// <summary>Whether a limit ended the search for what shadows the rule.</summary>
    public bool IsShadowOpen;

    /// <summary>Whether a limit ended the search for what makes the rule redundant.</summary>
    public bool IsRedundancyOpen;

    /// <summary>Whether <see cref="Witness"/> is a packet that proves the rule needed: it comes to the rule, and behind it is decided otherwise.</summary>
    public bool IsNeeded;

    public HeaderPoint Witness;

    /// <summary>Sides that the witness may come from.</summary>
    public int WitnessSides;

    /// <summary>The first rule behind that matches the witness; -1 for the default.</summary>
    public int Behind;

    /// <summary>Whether the rule was kept for want of an answer.</summary>
    public readonly bool IsUndecided => Needless is null && !IsNeeded && (IsShadowOpen || IsRedundancyOpen);
}

/// <summary>What was found out about a list of rules.</summary>
internal sealed record RuleListMemory(IReadOnlyList<ListedRule> Rules, int DefaultDecision, RuleListLimits Limits, int[] SidesToTell, RuleNote[] Notes);
