namespace Metron.Controller.Store;

/// <summary>A change of a chain, as it is kept.</summary>
/// <param name="Chain">Name of the chain.</param>
/// <param name="Revision">Revision that the change made.</param>
/// <param name="Note">Who did what, and why.</param>
/// <param name="Time">When.</param>
/// <param name="Labels">Labels from then on.</param>
/// <param name="Spec">The spec from then on, as protobuf bytes; empty of a deletion, and where it was not asked for.</param>
public sealed record StoredRevision(
    string Chain, long Revision, ChangeNote Note, DateTimeOffset Time, IReadOnlyDictionary<string, string> Labels, ReadOnlyMemory<byte> Spec)
{
    /// <summary>The plan in numbers, as protobuf bytes (V1.PlanSummary); null until there is one.</summary>
    public ReadOnlyMemory<byte>? Plan { get; init; }

    /// <summary>When it came into force; null when it did not.</summary>
    public DateTimeOffset? InForce { get; init; }

    /// <summary>When another took its place, or the chain was gone; null when it is in force, or never was.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The next revision that is kept; 0 for none.</summary>
    public long Next { get; init; }

    /// <summary>The next revision that came into force; 0 for none.</summary>
    public long SupersededBy { get; init; }

    /// <summary>Why it is not in force, in words; empty for no reason.</summary>
    public string Problem { get; init; } = string.Empty;
}

/// <summary>What is noted with a change.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Author">Who it was, as the client says; may be empty.</param>
/// <param name="Peer">Who it was, as the connection says; may be empty.</param>
/// <param name="Message">Why, in the author's words; may be empty.</param>
public sealed record ChangeNote(RevisionKind Kind, string Author, string Peer, string Message)
{
    /// <summary>The revision that a rollback goes back to; 0 when it is none.</summary>
    public long RolledBackTo { get; init; }

    /// <summary>A change of which nothing is known but what was done.</summary>
    public static ChangeNote Of(RevisionKind kind) => new(kind, string.Empty, string.Empty, string.Empty);
}

/// <summary>Kind of a change; stored by its name.</summary>
public enum RevisionKind
{
    /// <summary>There when revisions began to be kept.</summary>
    Kept,

    /// <summary>Created.</summary>
    Created,

    /// <summary>Spec or labels changed.</summary>
    Changed,

    /// <summary>Brought back to an earlier revision.</summary>
    RolledBack,

    /// <summary>Deleted.</summary>
    Deleted,
}

/// <summary>How much is kept of the past.</summary>
public sealed record HistoryLimits
{
    /// <summary>Most revisions of a chain: 1-10000.</summary>
    public int Revisions { get; init; } = 100;

    /// <summary>Most chains that are gone whose revisions are kept: 0-100000.</summary>
    public int DeletedChains { get; init; } = 1000;
}
