using Metron.Orchestration;

namespace Metron.Controller.Store;

/// <summary>Servers that have been seen. Thread-safe.</summary>
/// <param name="database">Where they are kept.</param>
public sealed class ServerStore(Database database)
{
    /// <summary>All servers, by name.</summary>
    public IReadOnlyList<StoredServer> Servers() => database.InTransaction(connection => Database.Query(
        connection,
        "SELECT name, resources, transition_time, use FROM servers ORDER BY name",
        row => new StoredServer(
            row.GetString(0), row.GetFieldValue<byte[]>(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), Enum.Parse<ServerUse>(row.GetString(3)))));

    /// <summary>Stores a server, new or changed.</summary>
    public void Put(StoredServer server) => database.InTransaction(connection => Database.Execute(
        connection,
        "INSERT OR REPLACE INTO servers (name, resources, transition_time, use) VALUES (@name, @resources, @time, @use)",
        ("@name", server.Name),
        ("@use", server.Use.ToString()),
        ("@resources", server.Resources.ToArray()),
        ("@time", server.TransitionTime.ToUnixTimeMilliseconds())));
}
