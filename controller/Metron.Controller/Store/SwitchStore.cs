using System.Globalization;
using System.Net;
using Metron.OpenFlow;

namespace Metron.Controller.Store;

/// <summary>What is kept of sessions with switches: which HELLO they take, and the generation ids of our claims. Thread-safe.</summary>
/// <param name="database">Where it is kept.</param>
public sealed class SwitchStore(Database database) : IPeerStore, IGenerationStore
{
    /// <inheritdoc/>
    public IReadOnlyList<RememberedPeer> Load() =>
    [
        .. database.InTransaction(connection => Database.Query(
            connection,
            "SELECT datapath_id, address, hello, version, better_tried FROM switch_hellos ORDER BY better_tried",
            row => (Id: row.GetString(0), Address: row.GetString(1), Hello: row.GetString(2), Version: row.GetInt64(3), Tried: row.GetInt64(4))))
            .Select(row => new RememberedPeer(
                ulong.Parse(row.Id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                IPAddress.Parse(row.Address),
                Enum.Parse<HelloRung>(row.Hello),
                (OpenFlowVersion)row.Version,
                DateTimeOffset.FromUnixTimeMilliseconds(row.Tried))),
    ];

    /// <inheritdoc/>
    public void Put(RememberedPeer peer) => database.InTransaction(connection => Database.Execute(
        connection,
        "INSERT OR REPLACE INTO switch_hellos (datapath_id, address, hello, version, better_tried) VALUES (@id, @address, @hello, @version, @tried)",
        ("@id", Key(peer.DatapathId)),
        ("@address", peer.Address.ToString()),
        ("@hello", peer.Rung.ToString()),
        ("@version", (long)peer.Version),
        ("@tried", peer.BetterTried.ToUnixTimeMilliseconds())));

    /// <inheritdoc/>
    public void Remove(ulong datapathId, IPAddress address) => database.InTransaction(connection => Database.Execute(
        connection,
        "DELETE FROM switch_hellos WHERE datapath_id = @id AND address = @address",
        ("@id", Key(datapathId)),
        ("@address", address.ToString())));

    /// <inheritdoc/>
    public ulong? Last(ulong datapathId) => database.InTransaction(connection => Database.Scalar(
        connection, "SELECT generation_id FROM switch_generations WHERE datapath_id = @id", ("@id", Key(datapathId)))) is string generation
        ? ulong.Parse(generation, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : null;

    /// <inheritdoc/>
    public void Put(ulong datapathId, ulong generationId) => database.InTransaction(connection => Database.Execute(
        connection,
        "INSERT OR REPLACE INTO switch_generations (datapath_id, generation_id) VALUES (@id, @generation)",
        ("@id", Key(datapathId)),
        ("@generation", Key(generationId))));

    /// <summary>SQLite's numbers are signed.</summary>
    private static string Key(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture);
}
