using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>What the switch says of its tables. Only their numbers are believed, as a hint where to look.</summary>
/// <param name="Numbers">Numbers to look at, ascending.</param>
/// <param name="Entries">Entries that a table is said to have.</param>
internal sealed record TableClaims(IReadOnlyList<byte> Numbers, IReadOnlyDictionary<byte, uint> Entries)
{
    /// <summary>Entries that a table is said to have; null when nothing is said.</summary>
    public uint? EntriesOf(byte number) => Entries.TryGetValue(number, out var entries) ? entries : null;

    /// <summary>Reads them. A switch that refuses has the tables from 0 on that its features count.</summary>
    public static async Task<TableClaims> ReadAsync(ProbeSession session, CancellationToken cancellation)
    {
        var entries = new Dictionary<byte, uint>();
        var numbers = new SortedSet<byte>();
        try
        {
            foreach (var table in await session.Connection.ReadTableFeaturesAsync(cancellation))
            {
                entries[table.Table] = table.MaximumEntries;
                numbers.Add(table.Table);
            }
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            // The standard lets a switch refuse this.
        }

        try
        {
            numbers.UnionWith((await session.Connection.ReadTableStatsAsync(cancellation)).Select(table => table.Table));
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            // As above.
        }

        var count = session.Version == OpenFlowVersion.OpenFlow10 ? 1 : Math.Max((byte)1, session.Connection.Features.TableCount);
        numbers.UnionWith(Enumerable.Range(0, Math.Min(count, TableNumber.Maximum)).Select(number => (byte)number));
        if (session.Version == OpenFlowVersion.OpenFlow10)
        {
            numbers.RemoveWhere(number => number != 0);
        }

        // A table that refuses everything is no loss; more than three times as many as wanted are not worth the time.
        return new TableClaims([.. numbers.Take(Math.Max(64, 3 * session.Options.Tables))], entries);
    }
}
