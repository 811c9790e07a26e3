namespace Metron.Synthesis;

/// <summary>A rule of an ordered list, of which the first that matches decides.</summary>
/// <param name="Packets">Which packets it matches.</param>
/// <param name="Decision">What it says; rules with the same number treat packets alike.</param>
/// <param name="Sides">Bit set of the sides of the function that it looks at; not 0. A packet comes from one side.</param>
public readonly record struct ListedRule(HeaderSpace Packets, int Decision, int Sides = 1);

/// <summary>Why a rule is not needed.</summary>
public enum NeedlessRuleKind
{
    /// <summary>Earlier rules match all of its packets.</summary>
    Shadowed,

    /// <summary>What follows says the same of all packets that come to it.</summary>
    Redundant,

    /// <summary>It matches no packet at all.</summary>
    Empty,
}

/// <summary>A rule that changes nothing, alone or together with the others that were found.</summary>
/// <param name="Rule">Index of the rule.</param>
/// <param name="Kind">Why it changes nothing.</param>
/// <param name="Others">
/// The rules that do its work, by index, in the order in which they were found: earlier ones when shadowed, later ones when redundant. -1
/// stands for the default.
/// </param>
/// <param name="Contradicts">Whether one of the others decides otherwise: only when shadowed, and then likely a mistake.</param>
public sealed record NeedlessRule(int Rule, NeedlessRuleKind Kind, IReadOnlyList<int> Others, bool Contradicts);

/// <summary>How much may be computed for one rule; beyond that, it counts as needed.</summary>
/// <param name="MaximumCubes">Most pieces that the packets of a rule are cut into.</param>
/// <param name="MaximumSteps">Most comparisons of a piece with another rule.</param>
/// <param name="Witnesses">Packets of each rule that are looked at first, to tell quickly that it is needed.</param>
public sealed record RuleListLimits(int MaximumCubes = 256, int MaximumSteps = 1024, int Witnesses = 6)
{
    public static RuleListLimits Default { get; } = new();
}

/// <summary>What was found in a list of rules.</summary>
/// <param name="Needless">Rules that are not needed, by index. Without all of them together, the list decides every packet as before.</param>
/// <param name="Undecided">Number of rules that were kept because they would have taken too long to look into.</param>
public sealed record RuleListFindings(IReadOnlyList<NeedlessRule> Needless, int Undecided)
{
    /// <summary>What to look into the next version of the list with.</summary>
    internal RuleListMemory? Memory { get; init; }
}
