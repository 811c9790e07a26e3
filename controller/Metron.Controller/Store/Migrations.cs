using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Metron.Controller.Store;

/// <summary>The steps from an empty file to the present schema. A step, once released, is never edited: a change is a further step.</summary>
internal static class Migrations
{
    /// <summary>Steps in order; <c>PRAGMA user_version</c> counts those that a file has had.</summary>
    internal static readonly IReadOnlyList<string> Steps =
    [
        """
        CREATE TABLE chains (
            name        TEXT    NOT NULL PRIMARY KEY,
            number      INTEGER NOT NULL UNIQUE CHECK (number BETWEEN 1 AND 16777215),
            labels      TEXT    NOT NULL,
            spec        BLOB    NOT NULL,
            revision    INTEGER NOT NULL CHECK (revision >= 1),
            etag        TEXT    NOT NULL,
            deleting    INTEGER NOT NULL,
            create_time INTEGER NOT NULL,
            update_time INTEGER NOT NULL,
            last_plan   INTEGER NOT NULL,
            conditions  TEXT    NOT NULL
        ) STRICT;

        CREATE TABLE plans (
            chain    TEXT    NOT NULL REFERENCES chains (name) ON DELETE CASCADE,
            revision INTEGER NOT NULL,
            phase    TEXT    NOT NULL CHECK (phase IN ('prepared', 'committed', 'running', 'draining', 'removing')),
            stands_for INTEGER NOT NULL,
            spec     BLOB    NOT NULL,
            plan     TEXT    NOT NULL,
            PRIMARY KEY (chain, revision)
        ) STRICT;

        CREATE TABLE allocations (
            switch   TEXT    NOT NULL,
            kind     TEXT    NOT NULL CHECK (kind IN ('tag', 'position')),
            value    INTEGER NOT NULL,
            chain    TEXT    NOT NULL,
            revision INTEGER NOT NULL,
            PRIMARY KEY (switch, kind, value),
            FOREIGN KEY (chain, revision) REFERENCES plans (chain, revision) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX allocations_by_plan ON allocations (chain, revision);

        CREATE TABLE counters (
            chain        TEXT    NOT NULL,
            revision     INTEGER NOT NULL,
            class        INTEGER NOT NULL,
            source       TEXT    NOT NULL,
            worker       INTEGER NOT NULL,
            base_packets INTEGER NOT NULL,
            base_bytes   INTEGER NOT NULL,
            last_packets INTEGER NOT NULL,
            last_bytes   INTEGER NOT NULL,
            PRIMARY KEY (chain, revision, class, source, worker),
            FOREIGN KEY (chain, revision) REFERENCES plans (chain, revision) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE servers (
            name            TEXT    NOT NULL PRIMARY KEY,
            resources       BLOB    NOT NULL,
            transition_time INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE numbers (
            kind TEXT    NOT NULL PRIMARY KEY,
            last INTEGER NOT NULL
        ) STRICT;
        """,

        // Plans of one chain may share numbers: the later one keeps those of the earlier one.
        """
        CREATE TABLE shared_allocations (
            switch   TEXT    NOT NULL,
            kind     TEXT    NOT NULL CHECK (kind IN ('tag', 'position')),
            value    INTEGER NOT NULL,
            chain    TEXT    NOT NULL,
            revision INTEGER NOT NULL,
            PRIMARY KEY (switch, kind, value, chain, revision),
            FOREIGN KEY (chain, revision) REFERENCES plans (chain, revision) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        INSERT INTO shared_allocations SELECT switch, kind, value, chain, revision FROM allocations;
        DROP TABLE allocations;
        ALTER TABLE shared_allocations RENAME TO allocations;
        CREATE INDEX allocations_by_plan ON allocations (chain, revision);
        """,

        // Sessions with switches: which HELLO they take, and the generation ids of claims. Hexadecimal, because SQLite's numbers are signed.
        """
        CREATE TABLE switch_hellos (
            datapath_id  TEXT    NOT NULL,
            address      TEXT    NOT NULL,
            hello        TEXT    NOT NULL CHECK (hello IN ('Bare13', 'Wait', 'Bare10')),
            version      INTEGER NOT NULL,
            better_tried INTEGER NOT NULL,
            PRIMARY KEY (datapath_id, address)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE switch_generations (
            datapath_id   TEXT NOT NULL PRIMARY KEY,
            generation_id TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,

        // Profiles of switches: what each was last said to be able to do.
        """
        CREATE TABLE switch_profiles (
            datapath_id TEXT NOT NULL PRIMARY KEY,
            profile     TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,

        // Tables that refused a rule for want of room.
        """
        CREATE TABLE learnt_capacities (
            switch       TEXT    NOT NULL,
            description  TEXT    NOT NULL,
            table_number INTEGER NOT NULL,
            rules        INTEGER NOT NULL,
            PRIMARY KEY (switch, table_number)
        ) STRICT, WITHOUT ROWID;
        """,

        // What operators want of servers.
        """
        ALTER TABLE servers ADD COLUMN use TEXT NOT NULL DEFAULT 'InUse' CHECK (use IN ('InUse', 'Cordoned', 'Draining'));
        """,

        // A controller that starts again goes on with draining where the one before it was.
        "ALTER TABLE plans ADD COLUMN drain_time INTEGER;",

        // What was changed of chains, also of those that are gone. The position is the order of time over all chains.
        """
        CREATE TABLE revisions (
            position       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            chain          TEXT    NOT NULL,
            revision       INTEGER NOT NULL CHECK (revision >= 1),
            kind           TEXT    NOT NULL CHECK (kind IN ('Kept', 'Created', 'Changed', 'RolledBack', 'Deleted')),
            author         TEXT    NOT NULL,
            peer           TEXT    NOT NULL,
            message        TEXT    NOT NULL,
            rolled_back_to INTEGER NOT NULL,
            time           INTEGER NOT NULL,
            labels         TEXT    NOT NULL,
            packing        TEXT    NOT NULL CHECK (packing IN ('none', 'brotli')),
            spec           BLOB    NOT NULL,
            plan           BLOB,
            in_force       INTEGER,
            ended          INTEGER,
            problem        TEXT    NOT NULL,
            UNIQUE (chain, revision)
        ) STRICT;

        INSERT INTO revisions (chain, revision, kind, author, peer, message, rolled_back_to, time, labels, packing, spec, in_force, problem)
        SELECT name, stands_for, 'Kept', '', '', '', 0, create_time, labels, 'none', plans.spec, create_time, ''
        FROM plans JOIN chains ON name = chain WHERE phase = 'running' AND stands_for < chains.revision ORDER BY name;

        INSERT INTO revisions (chain, revision, kind, author, peer, message, rolled_back_to, time, labels, packing, spec, in_force, problem)
        SELECT name, revision, 'Kept', '', '', '', 0, update_time, labels, 'none', spec,
            CASE WHEN EXISTS (SELECT 1 FROM plans WHERE chain = name AND phase = 'running' AND stands_for = chains.revision) THEN update_time END, ''
        FROM chains ORDER BY update_time, name;

        INSERT INTO revisions (chain, revision, kind, author, peer, message, rolled_back_to, time, labels, packing, spec, problem)
        SELECT name, revision + 1, 'Deleted', '', '', '', 0, update_time, labels, 'none', x'', '' FROM chains WHERE deleting <> 0;
        """,
    ];

    /// <summary>Applies the steps that a file has not had yet, each in one transaction with its number.</summary>
    /// <exception cref="DatabaseException">The file was written by a newer controller.</exception>
    internal static void Apply(SqliteConnection connection, string path) => Apply(connection, path, Steps);

    internal static void Apply(SqliteConnection connection, string path, IReadOnlyList<string> steps)
    {
        var had = (int)(long)Database.Scalar(connection, "PRAGMA user_version")!;
        if (had > steps.Count)
        {
            throw new DatabaseException(
                $"{path} has schema version {had}, this controller knows up to {steps.Count}; run the newer controller that wrote it, or set another database");
        }

        for (var step = had; step < steps.Count; step++)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            Database.Execute(connection, steps[step]);
            Database.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {step + 1}"));
            transaction.Commit();
        }
    }
}
