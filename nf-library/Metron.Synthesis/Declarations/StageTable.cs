namespace Metron.Synthesis;

/// <summary>An ordered table: the first entry that matches decides, otherwise the default.</summary>
/// <param name="Entries">Entries in order.</param>
/// <param name="Default">For packets that no entry matches.</param>
public sealed record StageTable(IReadOnlyList<StageEntry> Entries, StageResult Default)
{
    /// <summary>What defaults are for where nothing else is said.</summary>
    public const string UsualDefaultPurpose = "default";

    /// <summary>What the default is for, in words.</summary>
    public string DefaultPurpose { get; init; } = UsualDefaultPurpose;

    /// <summary>Whether no packet matches two entries, so that their order means nothing.</summary>
    public bool IsDisjoint { get; init; }

    /// <summary>A table that treats all packets alike.</summary>
    public static StageTable Always(StageResult result) => new([], result);

    /// <summary>What becomes of one packet.</summary>
    public StageResult Evaluate(in HeaderPoint point)
    {
        foreach (var entry in Entries)
        {
            if (entry.Match.Matches(point))
            {
                return entry.Result;
            }
        }

        return Default;
    }
}

/// <summary>An entry of a table.</summary>
/// <param name="Match">Which packets.</param>
/// <param name="Result">What becomes of them.</param>
/// <param name="Purpose">What it is for, in words: "rule deny-ssh".</param>
public sealed record StageEntry(HeaderMatch Match, StageResult Result, string Purpose);

/// <summary>What a table says of a packet.</summary>
public sealed record StageResult
{
    private StageResult(IReadOnlyList<int> outcomes, string? dropReason)
    {
        Outcomes = outcomes;
        DropReason = dropReason;
    }

    /// <summary>The next table decides.</summary>
    public static StageResult Next { get; } = new([], null);

    /// <summary>Outcomes that are possible; one: decided without state. None: dropped, or the next table decides.</summary>
    public IReadOnlyList<int> Outcomes { get; }

    /// <summary>Why it is dropped without being an outcome of the function; null when it is not.</summary>
    public string? DropReason { get; }

    /// <summary>Whether the next table decides.</summary>
    public bool IsNext => Outcomes.Count == 0 && DropReason is null;

    /// <summary>Whether it means the same as another.</summary>
    public bool SaysSameAs(StageResult other) => DropReason == other.DropReason && Outcomes.SequenceEqual(other.Outcomes);

    /// <summary>One of these outcomes; which one may depend on state.</summary>
    public static StageResult OneOf(params IReadOnlyList<int> outcomes) => new(outcomes, null);

    /// <summary>Dropped before the function has an outcome.</summary>
    public static StageResult Drop(string reason) => new([], reason);
}
