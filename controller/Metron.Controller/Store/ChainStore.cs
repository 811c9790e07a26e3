using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Metron.Controller.Store;

/// <summary>Chains, their plans and the numbers they use. Thread-safe.</summary>
/// <param name="database">Where they are kept.</param>
public sealed class ChainStore(Database database)
{
    private const uint LargestChainNumber = (1 << 24) - 1;

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

    /// <summary>Stores a new chain and gives it a number that was not used recently.</summary>
    /// <param name="chain">The chain; its number is ignored.</param>
    /// <returns>The chain with its number; null when the name is taken.</returns>
    public StoredChain? Add(StoredChain chain) => database.InTransaction(connection =>
    {
        if (Database.Scalar(connection, "SELECT 1 FROM chains WHERE name = @name", ("@name", chain.Name)) is not null)
        {
            return null;
        }

        var numbered = chain with { Number = NextNumber(connection) };
        Database.Execute(
            connection,
            """
            INSERT INTO chains (name, number, labels, spec, revision, etag, deleting, create_time, update_time, last_plan, conditions)
            VALUES (@name, @number, @labels, @spec, @revision, @etag, @deleting, @created, @updated, @lastPlan, @conditions)
            """,
            Parameters(numbered));
        return numbered;
    });

    /// <summary>Stores labels, spec, revision, etag and deletion mark of a chain.</summary>
    public void Update(StoredChain chain) => database.InTransaction(connection => Database.Execute(
        connection,
        """
        UPDATE chains SET labels = @labels, spec = @spec, revision = @revision, etag = @etag, deleting = @deleting,
            update_time = @updated
        WHERE name = @name AND number = @number
        """,
        Parameters(chain)));

    /// <summary>Stores only the conditions of a chain.</summary>
    public void UpdateConditions(string chain, string conditions) => database.InTransaction(connection => Database.Execute(
        connection, "UPDATE chains SET conditions = @conditions WHERE name = @name", ("@name", chain), ("@conditions", conditions)));

    /// <summary>Forgets a chain with everything that belongs to it.</summary>
    public void Remove(string chain) => database.InTransaction(connection =>
        Database.Execute(connection, "DELETE FROM chains WHERE name = @name", ("@name", chain)));

    /// <summary>
    /// Stores a new plan with its numbers. A prepared plan of the same chain, which it replaces, moves to <see cref="PlanPhase.Removing"/>.
    /// </summary>
    /// <exception cref="DatabaseException">One of its numbers belongs to another chain. Nothing was stored.</exception>
    public void AddPlan(StoredPlan plan) => database.InTransaction(connection =>
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
    });

    /// <summary>Moves plans of one chain to new phases, all at once.</summary>
    public void SetPhases(string chain, IReadOnlyList<PhaseChange> phases) => database.InTransaction(connection =>
    {
        foreach (var (revision, phase) in phases)
        {
            Database.Execute(
                connection, "UPDATE plans SET phase = @phase WHERE chain = @chain AND revision = @revision", [.. Key(chain, revision), ("@phase", Word(phase))]);
        }
    });

    /// <summary>Notes since when nothing leads to a plan any more.</summary>
    public void SetDrainTime(string chain, long revision, DateTimeOffset time) => database.InTransaction(connection => Database.Execute(
        connection,
        "UPDATE plans SET drain_time = @time WHERE chain = @chain AND revision = @revision",
        [.. Key(chain, revision), ("@time", time.ToUnixTimeMilliseconds())]));

    /// <summary>Notes that a plan carries out a later revision too.</summary>
    public void SetStandsFor(string chain, long revision, long standsFor) => database.InTransaction(connection => Database.Execute(
        connection,
        "UPDATE plans SET stands_for = @standsFor WHERE chain = @chain AND revision = @revision",
        [.. Key(chain, revision), ("@standsFor", standsFor)]));

    /// <summary>Forgets a plan and frees its numbers.</summary>
    public void RemovePlan(string chain, long revision) => database.InTransaction(connection =>
        Database.Execute(connection, "DELETE FROM plans WHERE chain = @chain AND revision = @revision", Key(chain, revision)));

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
