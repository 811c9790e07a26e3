namespace Metron.Cli.Output;

/// <summary>Revisions of chains as a table.</summary>
internal static class RevisionTable
{
    /// <summary>The table.</summary>
    public static Table Of(IReadOnlyList<V1.Revision> revisions, TimeProvider time)
    {
        var table = new Table("CHAIN", "REVISION", "CHANGE", "AGE", "RESULT", "AUTHOR", "MESSAGE");
        foreach (var revision in revisions)
        {
            table.Add(
                revision.Chain,
                Text.Number(revision.Revision_),
                Change(revision),
                Text.Age(revision.Time, time),
                Result(revision),
                Author(revision.Author ?? new V1.Author()),
                revision.Message);
        }

        return table;
    }

    private static string Change(V1.Revision revision) =>
        revision.RolledBackTo > 0 ? $"{Text.Name(revision.Kind)} to {revision.RolledBackTo}" : Text.Name(revision.Kind);

    /// <summary>Who it was as the connection says, before what the client says, which nobody has checked.</summary>
    private static string Author(V1.Author author) => (author.Peer, author.Name) switch
    {
        ("", var name) => name,
        (var peer, "") => peer,
        (var peer, var name) => $"{name} [{peer}]",
    };

    private static string Result(V1.Revision revision) => revision.Result switch
    {
        V1.RevisionResult.Superseded => $"SUPERSEDED by {revision.SupersededBy}{(revision.InForceTime is null ? ", never in force" : string.Empty)}",
        V1.RevisionResult.Failed => $"FAILED: {revision.Problem}",
        _ => Text.Name(revision.Result),
    };
}
