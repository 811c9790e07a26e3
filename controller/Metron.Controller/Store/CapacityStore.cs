namespace Metron.Controller.Store;

/// <summary>What tables of switches were found to hold. Thread-safe.</summary>
/// <param name="database">Where it is kept.</param>
public sealed class CapacityStore(Database database)
{
    /// <summary>Everything that was found.</summary>
    public IReadOnlyList<StoredCapacity> All() => database.InTransaction(connection => Database.Query(
        connection,
        "SELECT switch, description, table_number, rules FROM learnt_capacities ORDER BY switch, table_number",
        row => new StoredCapacity(row.GetString(0), row.GetString(1), row.GetByte(2), row.GetInt32(3))));

    /// <summary>Stores what was found, in place of what was found before for the same table.</summary>
    public void Put(StoredCapacity capacity) => database.InTransaction(connection => Database.Execute(
        connection,
        "INSERT OR REPLACE INTO learnt_capacities (switch, description, table_number, rules) VALUES (@switch, @description, @table, @rules)",
        ("@switch", capacity.Switch),
        ("@description", capacity.Description),
        ("@table", (long)capacity.Table),
        ("@rules", (long)capacity.Rules)));
}

/// <summary>What a table was found to hold.</summary>
/// <param name="Switch">Name of the switch.</param>
/// <param name="Description">What the switch said of itself then: another device, or other firmware, may hold more.</param>
/// <param name="Table">Number of the table.</param>
/// <param name="Rules">Rules of ours that fit.</param>
public sealed record StoredCapacity(string Switch, string Description, byte Table, int Rules);
