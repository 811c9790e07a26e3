using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Metron.Controller.Store;

/// <summary>
/// What was changed of chains. <see cref="ChainStore"/> writes it in the transactions that change chains, so that there is no change without its
/// revision. Thread-safe.
/// </summary>
/// <param name="database">Where it is kept.</param>
/// <param name="limits">How much is kept; null for the usual.</param>
public sealed class RevisionStore(Database database, HistoryLimits? limits = null)
{
    private const string Columns =
        "r.chain, r.revision, r.kind, r.author, r.peer, r.message, r.rolled_back_to, r.time, r.labels, r.plan, r.in_force, r.ended, r.problem";

    private const string Successors =
        "(SELECT MIN(revision) FROM revisions n WHERE n.chain = r.chain AND n.revision > r.revision), "
        + "(SELECT MIN(revision) FROM revisions n WHERE n.chain = r.chain AND n.revision > r.revision AND n.in_force IS NOT NULL)";

    private readonly HistoryLimits _limits = limits ?? new HistoryLimits();

    /// <summary>Revisions, the newest first, without their specs.</summary>
    /// <param name="chain">Only of this chain; of all when empty.</param>
    /// <param name="before">Only those that were noted before this one (<see cref="PositionOf"/>); null for all.</param>
    /// <param name="most">At most this many.</param>
    public IReadOnlyList<StoredRevision> List(string chain, long? before, int most) => database.InTransaction(connection => Database.Query(
        connection,
        $"""
        SELECT {Columns}, {Successors} FROM revisions r
        WHERE (@chain = '' OR r.chain = @chain) AND r.position < @before ORDER BY r.position DESC LIMIT @most
        """,
        Read,
        ("@chain", chain),
        ("@before", before ?? long.MaxValue),
        ("@most", (long)most)));

    /// <summary>Where a revision stands among all, in the order of time.</summary>
    public long PositionOf(StoredRevision revision) => (long)(database.InTransaction(connection => Database.Scalar(
        connection,
        "SELECT position FROM revisions WHERE chain = @chain AND revision = @revision",
        ("@chain", revision.Chain),
        ("@revision", revision.Revision))) ?? 0L);

    /// <summary>A revision with its spec; null when it is not there.</summary>
    /// <param name="chain">Name of the chain.</param>
    /// <param name="revision">The revision; 0 for the newest.</param>
    public StoredRevision? Find(string chain, long revision) => database.InTransaction(connection => Database.Query(
        connection,
        $"""
        SELECT {Columns}, {Successors}, r.packing, r.spec FROM revisions r
        WHERE r.chain = @chain AND (@revision = 0 OR r.revision = @revision) ORDER BY r.revision DESC LIMIT 1
        """,
        row => Read(row) with { Spec = Unpack(row.GetString(15), row.GetFieldValue<byte[]>(16)) },
        ("@chain", chain),
        ("@revision", revision)) is [var found] ? found : null);

    /// <summary>The newest revision before another; 0 for none.</summary>
    public long Before(string chain, long revision) => (long)(database.InTransaction(connection => Database.Scalar(
        connection,
        "SELECT COALESCE(MAX(revision), 0) FROM revisions WHERE chain = @chain AND revision < @revision",
        ("@chain", chain),
        ("@revision", revision))) ?? 0L);

    /// <summary>The newest revision of a chain; 0 for none.</summary>
    internal static long Newest(SqliteConnection connection, string chain) => (long)(Database.Scalar(
        connection, "SELECT COALESCE(MAX(revision), 0) FROM revisions WHERE chain = @chain", ("@chain", chain)) ?? 0L);

    /// <summary>Notes a change, and forgets what is too much.</summary>
    /// <param name="connection">In the transaction of the change.</param>
    /// <param name="chain">The chain as it is from then on.</param>
    /// <param name="revision">The revision that the change makes.</param>
    /// <param name="note">Who did what.</param>
    /// <param name="isInForce">Whether it is in force at once, as nothing is to be sent for it.</param>
    internal void Add(SqliteConnection connection, StoredChain chain, long revision, ChangeNote note, bool isInForce)
    {
        var time = chain.UpdateTime.ToUnixTimeMilliseconds();
        var (packing, spec) = Pack(note.Kind == RevisionKind.Deleted ? ReadOnlyMemory<byte>.Empty : chain.Spec);
        if (isInForce)
        {
            Supersede(connection, chain.Name, revision, time);
        }

        Database.Execute(
            connection,
            """
            INSERT INTO revisions (chain, revision, kind, author, peer, message, rolled_back_to, time, labels, packing, spec, plan, in_force, problem)
            SELECT @chain, @revision, @kind, @author, @peer, @message, @to, @time, @labels, @packing, @spec,
                CASE WHEN @inForce IS NULL THEN NULL ELSE (SELECT plan FROM revisions WHERE chain = @chain ORDER BY revision DESC LIMIT 1) END, @inForce, ''
            """,
            ("@chain", chain.Name),
            ("@revision", revision),
            ("@kind", note.Kind.ToString()),
            ("@author", note.Author),
            ("@peer", note.Peer),
            ("@message", note.Message),
            ("@to", note.RolledBackTo),
            ("@time", time),
            ("@labels", JsonSerializer.Serialize(chain.Labels)),
            ("@packing", packing),
            ("@spec", spec),
            ("@inForce", isInForce ? (object)time : null));
        Prune(connection, chain.Name);
    }

    /// <summary>Notes that the newest revision which a plan carries out is in force.</summary>
    internal static void SetInForce(SqliteConnection connection, string chain, long revision, DateTimeOffset time)
    {
        var now = time.ToUnixTimeMilliseconds();
        Database.Execute(
            connection,
            "UPDATE revisions SET in_force = @now, problem = '' WHERE chain = @chain AND revision = @revision AND in_force IS NULL",
            ("@now", now),
            ("@chain", chain),
            ("@revision", revision));
        Supersede(connection, chain, revision, now);
    }

    /// <summary>Notes the plan of a revision.</summary>
    internal static void SetPlan(SqliteConnection connection, string chain, long revision, ReadOnlyMemory<byte> plan) => Database.Execute(
        connection,
        "UPDATE revisions SET plan = @plan WHERE chain = @chain AND revision = @revision",
        ("@plan", plan.IsEmpty ? null : plan.ToArray()),
        ("@chain", chain),
        ("@revision", revision));

    /// <summary>Notes why a revision is not in force.</summary>
    internal static void SetProblem(SqliteConnection connection, string chain, long revision, string problem) => Database.Execute(
        connection,
        "UPDATE revisions SET problem = @problem WHERE chain = @chain AND revision = @revision AND in_force IS NULL AND problem <> @problem",
        ("@problem", problem),
        ("@chain", chain),
        ("@revision", revision));

    /// <summary>Notes that a deleted chain is gone, and forgets the chains that have been gone longest.</summary>
    internal void SetGone(SqliteConnection connection, string chain, DateTimeOffset time)
    {
        SetInForce(connection, chain, Newest(connection, chain), time);
        Database.Execute(
            connection,
            """
            DELETE FROM revisions WHERE chain IN (
                SELECT chain FROM revisions WHERE chain NOT IN (SELECT name FROM chains WHERE name <> @chain)
                GROUP BY chain ORDER BY MAX(position) DESC LIMIT -1 OFFSET @most)
            """,
            ("@chain", chain),
            ("@most", (long)_limits.DeletedChains));
    }

    private static void Supersede(SqliteConnection connection, string chain, long revision, long now) => Database.Execute(
        connection,
        "UPDATE revisions SET ended = @now WHERE chain = @chain AND revision < @revision AND in_force IS NOT NULL AND ended IS NULL",
        ("@now", now),
        ("@chain", chain),
        ("@revision", revision));

    /// <summary>What is in force is kept, however old: an operator may want to go back to it.</summary>
    private void Prune(SqliteConnection connection, string chain) => Database.Execute(
        connection,
        """
        DELETE FROM revisions WHERE chain = @chain AND NOT (in_force IS NOT NULL AND ended IS NULL) AND revision <= (
            SELECT revision FROM revisions WHERE chain = @chain ORDER BY revision DESC LIMIT 1 OFFSET @most)
        """,
        ("@chain", chain),
        ("@most", (long)_limits.Revisions));

    /// <summary>A router with a million routes takes some 45 MB as it is, and a tenth of that packed.</summary>
    private static (string Packing, byte[] Spec) Pack(ReadOnlyMemory<byte> spec)
    {
        const int WorthPacking = 4096;
        if (spec.Length < WorthPacking)
        {
            return ("none", spec.ToArray());
        }

        using var packed = new MemoryStream();
        using (var packer = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            packer.Write(spec.Span);
        }

        return ("brotli", packed.ToArray());
    }

    private static byte[] Unpack(string packing, byte[] spec)
    {
        if (packing == "none")
        {
            return spec;
        }

        using var unpacker = new BrotliStream(new MemoryStream(spec), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        unpacker.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static StoredRevision Read(SqliteDataReader row) => new(
        row.GetString(0),
        row.GetInt64(1),
        new ChangeNote(Enum.Parse<RevisionKind>(row.GetString(2)), row.GetString(3), row.GetString(4), row.GetString(5)) { RolledBackTo = row.GetInt64(6) },
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)),
        JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string>>(row.GetString(8))!,
        ReadOnlyMemory<byte>.Empty)
    {
        Plan = row.IsDBNull(9) ? null : row.GetFieldValue<byte[]>(9),
        InForce = Time(row, 10),
        Ended = Time(row, 11),
        Problem = row.GetString(12),
        Next = row.IsDBNull(13) ? 0 : row.GetInt64(13),
        SupersededBy = row.IsDBNull(14) ? 0 : row.GetInt64(14),
    };

    private static DateTimeOffset? Time(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
