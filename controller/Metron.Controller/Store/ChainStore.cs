using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Metron.Controller.Store;

/// <summary>Chains, their plans and the numbers they use, each change with its revision. Thread-safe.</summary>
/// <param name="database">Where they are kept.</param>
/// <param name="revisions">Where changes are noted; null for the same database with the usual limits.</param>
/// <param name="time">The clock; null for the system's.</param>
public sealed class ChainStore(Database database, RevisionStore? revisions = null, TimeProvider? time = null)
{
    private const uint LargestChainNumber = (1 << 24) - 1;

    private readonly RevisionStore _revisions = revisions ?? new RevisionStore(database);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>All chains, by name.</summary>
    public IReadOnlyList<StoredChain> Chains() => database.InTransaction(connection => Database.Query(
        connection,
        "SELECT name, number, labels, spec, revision, etag, deleting, create_time, update_time, last_plan, conditions FROM chains ORDER BY name",
        ReadChain));

    /// <summary>All plans, by chain and revision.</summary>
    public IReadOnlyList<StoredPlan> Plans() => database.InTransaction(connection =>
    {
        var allocations = Database
            .Query(connection, "SELECT chain, revision, switch, kind, value FROM allocations", row => (
                Key: (row.GetString(0), row.GetInt64(1)),
                Value: new Allocation(row.GetString(2), Parse<AllocationKind>(row.GetString(3)), (uint)row.GetInt64(4))))
            .ToLookup(row => row.Key, row => row.Value);
        return Database.Query(connection, "SELECT chain, revision, phase, stands_for, spec, plan, drain_time FROM plans ORDER BY chain, revision", row =>
        {
            var (chain, revision) = (row.GetString(0), row.GetInt64(1));
            return new StoredPlan(
                chain,
                revision,
                Parse<PlanPhase>(row.GetString(2)),
                row.GetInt64(3),
                row.GetFieldValue<byte[]>(4),
                row.GetString(5),
                [.. allocations[(chain, revision)]])
            { DrainTime = row.IsDBNull(6) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)) };
        });
    });

    /// <summary>
    /// Stores a new chain and gives it a number that was not used recently, and at least the revision behind the last one that is kept of a chain of this name.
    /// </summary>
    /// <param name="chain">The chain; its number is ignored, and its revision where that was used up.</param>
    /// <param name="note">Who created it; null when that is not known.</param>
    /// <returns>The chain with its number and revision; null when the name is taken.</returns>
    public StoredChain? Add(StoredChain chain, ChangeNote? note = null) => database.InTransaction(connection =>
    {
        if (Database.Scalar(connection, "SELECT 1 FROM chains WHERE name = @name", ("@name", chain.Name)) is not null)
        {
            return null;
        }

        var numbered = chain with { Number = NextNumber(connection), Revision = Math.Max(chain.Revision, RevisionStore.Newest(connection, chain.Name) + 1) };
        Database.Execute(
            connection,
            """
            INSERT INTO chains (name, number, labels, spec, revision, etag, deleting, create_time, update_time, last_plan, conditions)
            VALUES (@name, @number, @labels, @spec, @revision, @etag, @deleting, @created, @updated, @lastPlan, @conditions)
            """,
            Parameters(numbered));
        _revisions.Add(connection, numbered, numbered.Revision, note ?? ChangeNote.Of(RevisionKind.Created), isInForce: false);
        return numbered;
    });

    /// <summary>Stores labels, spec, revision, etag and deletion mark of a chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="note">Who changed it; null when that is not known.</param>
    /// <param name="keepsPlansOf">The revision whose plans carry out this one too, as it has the same spec; 0 for none.</param>
    public void Update(StoredChain chain, ChangeNote? note = null, long keepsPlansOf = 0) => database.InTransaction(connection =>
        Update(connection, chain, note ?? ChangeNote.Of(chain.Deleting ? RevisionKind.Deleted : RevisionKind.Changed), keepsPlansOf));

    /// <summary>Stores only the conditions of a chain.</summary>
    /// <param name="chain">Name of the chain.</param>
    /// <param name="conditions">The conditions; JSON.</param>
    /// <param name="revision">The newest revision.</param>
    /// <param name="problem">Why that is not in force, in words; empty for no reason.</param>
    public void UpdateConditions(string chain, string conditions, long revision = 0, string problem = "") => database.InTransaction(connection =>
    {
        Database.Execute(
            connection, "UPDATE chains SET conditions = @conditions WHERE name = @name", ("@name", chain), ("@conditions", conditions));
        RevisionStore.SetProblem(connection, chain, revision, problem);
    });

    /// <summary>Forgets a chain with everything that belongs to it, but for its revisions.</summary>
    public void Remove(string chain) => database.InTransaction(connection =>
    {
        Database.Execute(connection, "DELETE FROM chains WHERE name = @name", ("@name", chain));
        _revisions.SetGone(connection, chain, _time.GetUtcNow());
    });

    /// <summary>
    /// Stores a new plan with its numbers. A prepared plan of the same chain, which it replaces, moves to <see cref="PlanPhase.Removing"/>.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="summary">The plan in numbers, for the revision that it is made for.</param>
    /// <exception cref="DatabaseException">One of its numbers belongs to another chain. Nothing was stored.</exception>
    public void AddPlan(StoredPlan plan, ReadOnlyMemory<byte> summary = default) => database.InTransaction(connection =>
    {
        Database.Execute(
            connection, "UPDATE plans SET phase = 'removing' WHERE chain = @chain AND phase = 'prepared'", ("@chain", plan.Chain));
        Database.Execute(
            connection, "UPDATE chains SET last_plan = @revision WHERE name = @chain AND last_plan < @revision", Key(plan.Chain, plan.Revision));
        Database.Execute(
            connection,
            "INSERT INTO plans (chain, revision, phase, stands_for, spec, plan) VALUES (@chain, @revision, @phase, @standsFor, @spec, @plan)",
            [
                .. Key(plan.Chain, plan.Revision),
                ("@phase", Word(plan.Phase)),
                ("@standsFor", plan.StandsFor),
                ("@spec", plan.Spec.ToArray()),
                ("@plan", plan.Json),
            ]);
        foreach (var allocation in plan.Allocations)
        {
            Insert(connection, plan, allocation);
        }

        RevisionStore.SetPlan(connection, plan.Chain, plan.StandsFor, summary);
    });

    /// <summary>Moves plans of one chain to new phases, all at once.</summary>
    public void SetPhases(string chain, IReadOnlyList<PhaseChange> phases) => database.InTransaction(connection =>
    {
        foreach (var change in phases)
        {
            SetPhase(connection, chain, change);
        }
    });

    /// <summary>Notes since when nothing leads to a plan any more.</summary>
    public void SetDrainTime(string chain, long revision, DateTimeOffset time) => database.InTransaction(connection => Database.Execute(
        connection,
        "UPDATE plans SET drain_time = @time WHERE chain = @chain AND revision = @revision",
        [.. Key(chain, revision), ("@time", time.ToUnixTimeMilliseconds())]));

    /// <summary>Notes that a plan carries out a later revision too.</summary>
    public void SetStandsFor(string chain, long revision, long standsFor, ReadOnlyMemory<byte> summary = default) =>
        database.InTransaction(connection => SetStandsFor(connection, chain, revision, standsFor, summary));

    /// <summary>Forgets a plan and frees its numbers.</summary>
    public void RemovePlan(string chain, long revision) => database.InTransaction(connection =>
        Database.Execute(connection, "DELETE FROM plans WHERE chain = @chain AND revision = @revision", Key(chain, revision)));

    private void Update(SqliteConnection connection, StoredChain chain, ChangeNote note, long keepsPlansOf)
    {
        Database.Execute(
            connection,
            """
            UPDATE chains SET labels = @labels, spec = @spec, revision = @revision, etag = @etag, deleting = @deleting,
                update_time = @updated
            WHERE name = @name AND number = @number
            """,
            Parameters(chain));
        var isInForce = keepsPlansOf > 0 && Database.Scalar(
            connection,
            "SELECT 1 FROM plans WHERE chain = @chain AND phase = 'running' AND stands_for = @revision",
            Key(chain.Name, keepsPlansOf)) is not null;

        // A deletion is no revision of the spec: the chain keeps the number of what is being removed.
        var revision = note.Kind == RevisionKind.Deleted ? RevisionStore.Newest(connection, chain.Name) + 1 : chain.Revision;
        _revisions.Add(connection, chain, revision, note, isInForce);
        Database.Execute(
            connection,
            "UPDATE plans SET stands_for = @standsFor WHERE chain = @chain AND stands_for = @revision",
            [.. Key(chain.Name, keepsPlansOf), ("@standsFor", chain.Revision)]);
    }

    private void SetPhase(SqliteConnection connection, string chain, PhaseChange change)
    {
        Database.Execute(
            connection,
            "UPDATE plans SET phase = @phase WHERE chain = @chain AND revision = @revision",
            [.. Key(chain, change.Revision), ("@phase", Word(change.Phase))]);
        if (change.Phase == PlanPhase.Running
            && Database.Scalar(connection, "SELECT stands_for FROM plans WHERE chain = @chain AND revision = @revision", Key(chain, change.Revision)) is long inForce)
        {
            RevisionStore.SetInForce(connection, chain, inForce, _time.GetUtcNow());
        }
    }

    private void SetStandsFor(SqliteConnection connection, string chain, long revision, long standsFor, ReadOnlyMemory<byte> summary)
    {
        Database.Execute(
            connection,
            "UPDATE plans SET stands_for = @standsFor WHERE chain = @chain AND revision = @revision",
            [.. Key(chain, revision), ("@standsFor", standsFor)]);
        RevisionStore.SetPlan(connection, chain, standsFor, summary);
        if (Database.Scalar(connection, "SELECT 1 FROM plans WHERE chain = @chain AND revision = @revision AND phase = 'running'", Key(chain, revision)) is not null)
        {
            RevisionStore.SetInForce(connection, chain, standsFor, _time.GetUtcNow());
        }
    }

    /// <summary>Notes a number of a plan. Other plans of the same chain may have it, too; no other chain.</summary>
    private static void Insert(SqliteConnection connection, StoredPlan plan, Allocation allocation)
    {
        (string, object?)[] parameters =
        [
            .. Key(plan.Chain, plan.Revision), ("@switch", allocation.Switch), ("@kind", Word(allocation.Kind)), ("@value", (long)allocation.Value),
        ];
        const string taken = "SELECT 1 FROM allocations WHERE switch = @switch AND kind = @kind AND value = @value AND chain <> @chain";
        if (Database.Scalar(connection, taken, parameters) is not null)
        {
            throw new DatabaseException(
                $"{Word(allocation.Kind)} {allocation.Value} of switch {allocation.Switch} is in use by another chain than {plan.Chain} (revision {plan.Revision})");
        }

        Database.Execute(
            connection, "INSERT INTO allocations (switch, kind, value, chain, revision) VALUES (@switch, @kind, @value, @chain, @revision)", parameters);
    }

    /// <summary>Numbers go round, so that one that was just freed is the last to be used again.</summary>
    private static uint NextNumber(SqliteConnection connection)
    {
        var last = (uint)(long)(Database.Scalar(connection, "SELECT last FROM numbers WHERE kind = 'chain'") ?? 0L);
        var used = Database.Query(connection, "SELECT number FROM chains", row => (uint)row.GetInt64(0)).ToHashSet();
        var next = last;
        do
        {
            next = next == LargestChainNumber ? 1 : next + 1;
        }
        while (used.Contains(next));
        Database.Execute(connection, "INSERT OR REPLACE INTO numbers (kind, last) VALUES ('chain', @last)", ("@last", (long)next));
        return next;
    }

    private static (string Name, object? Value)[] Key(string chain, long revision) => [("@chain", chain), ("@revision", revision)];

    private static (string Name, object? Value)[] Parameters(StoredChain chain) =>
    [
        ("@name", chain.Name),
        ("@number", (long)chain.Number),
        ("@labels", JsonSerializer.Serialize(chain.Labels)),
        ("@spec", chain.Spec.ToArray()),
        ("@revision", chain.Revision),
        ("@etag", chain.Etag),
        ("@deleting", chain.Deleting ? 1L : 0L),
        ("@created", chain.CreateTime.ToUnixTimeMilliseconds()),
        ("@updated", chain.UpdateTime.ToUnixTimeMilliseconds()),
        ("@lastPlan", chain.LastPlan),
        ("@conditions", chain.Conditions),
    ];

    private static StoredChain ReadChain(SqliteDataReader row) => new(
        row.GetString(0),
        (uint)row.GetInt64(1),
        JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string>>(row.GetString(2))!,
        row.GetFieldValue<byte[]>(3),
        row.GetInt64(4),
        row.GetString(5),
        row.GetInt64(6) != 0,
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8)))
    { LastPlan = row.GetInt64(9), Conditions = row.GetString(10) };

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLower(CultureInfo.InvariantCulture);

    private static T Parse<T>(string word)
        where T : struct, Enum => Enum.Parse<T>(word, ignoreCase: true);
}
