using Microsoft.Data.Sqlite;

namespace Metron.Controller.Store;

/// <summary>
/// The SQLite file that holds the controller's intent. One controller holds it alone (exclusive lock); every commit is on disk before the
/// call returns. Thread-safe: calls take turns.
/// </summary>
public sealed class Database : IDisposable
{
    private readonly Lock _turn = new();
    private readonly SqliteConnection _connection;

    private Database(SqliteConnection connection, string path)
    {
        _connection = connection;
        Path = path;
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Opens or creates the file, checks that it is intact, and brings its schema up to date.</summary>
    /// <param name="path">Path of the file; its directory must exist.</param>
    /// <exception cref="DatabaseException">The file cannot be used; the message says why and what to do.</exception>
    public static Database Open(string path)
    {
        var directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        if (!Directory.Exists(directory))
        {
            throw new DatabaseException($"{path}: there is no directory {directory}; create it or set another database");
        }

        var text = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, ForeignKeys = true, DefaultTimeout = 2 };
        var connection = new SqliteConnection(text.ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = FULL");
            CheckIntegrity(connection, path);
            Migrations.Apply(connection, path);
            return new Database(connection, path);
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw new DatabaseException(Explain(error, path), error);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs reads and writes as one transaction: all of it is stored, or nothing when <paramref name="work"/> throws.</summary>
    public T InTransaction<T>(Func<SqliteConnection, T> work)
    {
        lock (_turn)
        {
            using var transaction = _connection.BeginTransaction(deferred: false);
            var result = work(_connection);
            transaction.Commit();
            return result;
        }
    }

    /// <inheritdoc cref="InTransaction{T}"/>
    public void InTransaction(Action<SqliteConnection> work) => InTransaction(connection =>
    {
        work(connection);
        return true;
    });

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _connection.Dispose();
        }
    }

    internal static void Execute(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        command.ExecuteNonQuery();
    }

    internal static object? Scalar(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        return command.ExecuteScalar();
    }

    internal static IReadOnlyList<T> Query<T>(
        SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants of this folder; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    private static void CheckIntegrity(SqliteConnection connection, string path)
    {
        var findings = Query(connection, "PRAGMA integrity_check(10)", row => row.GetString(0));
        if (findings is not ["ok"])
        {
            throw new DatabaseException(
                $"{path} is damaged ({string.Join("; ", findings)}); stop here, restore a backup, or move the file away to start without chains");
        }

        if (Query(connection, "PRAGMA foreign_key_check", row => row.GetString(0)) is { Count: > 0 } orphans)
        {
            throw new DatabaseException(
                $"{path} is damaged (rows of {string.Join(", ", orphans.Distinct())} refer to nothing); restore a backup, or move the file away to start without chains");
        }
    }

    private static string Explain(SqliteException error, string path) => error.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED =>
            $"{path} is in use by another process; a database serves one controller. Stop the other one or set another database",
        SQLitePCL.raw.SQLITE_NOTADB => $"{path} is no SQLite database; set another database or move the file away",
        SQLitePCL.raw.SQLITE_CORRUPT => $"{path} is damaged ({error.Message}); restore a backup, or move the file away to start without chains",
        SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM =>
            $"{path} cannot be opened for writing ({error.Message}); check its owner and permissions",
        _ => $"{path}: {error.Message}",
    };
}

/// <summary>The database cannot be used; the message says why and what to do.</summary>
public sealed class DatabaseException : Exception
{
    /// <summary>Creates the exception.</summary>
    public DatabaseException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
