namespace Metron.Controller.Store;

/// <summary>A counter of a traffic class at one source, so that counts outlive the controller.</summary>
/// <param name="Chain">Name of the chain.</param>
/// <param name="Revision">Revision of the plan.</param>
/// <param name="TrafficClass">Id of the class.</param>
/// <param name="Source">The rule or server that counts.</param>
/// <param name="Worker">Worker of a server; 0 for a rule.</param>
/// <param name="BasePackets">Packets counted before the source last began anew.</param>
/// <param name="BaseBytes">Their bytes.</param>
/// <param name="LastPackets">Packets that the source said last.</param>
/// <param name="LastBytes">Their bytes.</param>
public sealed record StoredCounter(
    string Chain,
    long Revision,
    int TrafficClass,
    string Source,
    uint Worker,
    ulong BasePackets,
    ulong BaseBytes,
    ulong LastPackets,
    ulong LastBytes);

/// <summary>Counters of traffic classes. Thread-safe.</summary>
/// <param name="database">Where they are kept.</param>
public sealed class CounterStore(Database database)
{
    /// <summary>Everything that was stored.</summary>
    public IReadOnlyList<StoredCounter> Counters() => database.InTransaction(connection => Database.Query(
        connection,
        "SELECT chain, revision, class, source, worker, base_packets, base_bytes, last_packets, last_bytes FROM counters",
        row => new StoredCounter(
            row.GetString(0),
            row.GetInt64(1),
            row.GetInt32(2),
            row.GetString(3),
            (uint)row.GetInt64(4),
            (ulong)row.GetInt64(5),
            (ulong)row.GetInt64(6),
            (ulong)row.GetInt64(7),
            (ulong)row.GetInt64(8))));

    /// <summary>Stores counters in place of all before; those of plans that are gone are left out.</summary>
    public void Replace(IReadOnlyList<StoredCounter> counters) => database.InTransaction(connection =>
    {
        Database.Execute(connection, "DELETE FROM counters");
        foreach (var counter in counters)
        {
            Database.Execute(
                connection,
                """
                INSERT INTO counters (chain, revision, class, source, worker, base_packets, base_bytes, last_packets, last_bytes)
                SELECT @chain, @revision, @class, @source, @worker, @basePackets, @baseBytes, @lastPackets, @lastBytes
                WHERE EXISTS (SELECT 1 FROM plans WHERE chain = @chain AND revision = @revision)
                """,
                ("@chain", counter.Chain),
                ("@revision", counter.Revision),
                ("@class", counter.TrafficClass),
                ("@source", counter.Source),
                ("@worker", (long)counter.Worker),
                ("@basePackets", (long)counter.BasePackets),
                ("@baseBytes", (long)counter.BaseBytes),
                ("@lastPackets", (long)counter.LastPackets),
                ("@lastBytes", (long)counter.LastBytes));
        }
    });
}
