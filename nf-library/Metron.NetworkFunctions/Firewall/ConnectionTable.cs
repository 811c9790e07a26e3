using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>
/// The connections of one firewall on one worker; outlives revisions of its configuration. When the table is full, a new connection takes
/// the place of a TCP connection that is not established or is over (<see cref="TransientRecords"/>); without such, it is refused.
/// </summary>
internal sealed class ConnectionTable(WorkerResources resources)
{
    private readonly ulong _seed = resources.HashSeed;
    private readonly HashIndex _index = new();
    private readonly TransientRecords _transient = new();

    /// <summary>The connections.</summary>
    public StateTable<Connection> Table { get; } = new(resources.MaximumConnections);

    /// <summary>Number of the newest configuration.</summary>
    public int Generation { get; set; }

    /// <summary>Connections opened so far.</summary>
    public long Opened { get; private set; }

    /// <summary>TCP connections that were not established, or over, and made room for new ones.</summary>
    public long Evicted => _transient.Evicted;

    /// <summary>Asks the CPU for where a connection is looked for.</summary>
    public void Prefetch(in ConnectionKey key) => _index.Prefetch(key.Hash(_seed));

    /// <summary>The connection, -1 when it is not known.</summary>
    public int Find(in ConnectionKey key)
    {
        for (var record = _index.First(key.Hash(_seed)); record >= 0; record = _index.Next(record))
        {
            if (Table[record].Key == key && !Table.IsCondemned(record))
            {
                return record;
            }
        }

        return -1;
    }

    /// <summary>Adds a connection.</summary>
    /// <returns>-1 when the table is full.</returns>
    public int Add(
        in ConnectionKey key, bool fromOutside, bool isTcp, int generation, long now, long idleMilliseconds, IStateOwner owner)
    {
        if (!Table.TryAdd(now, idleMilliseconds, out var record)
            && !(_transient.TryEvict(Table, owner) && Table.TryAdd(now, idleMilliseconds, out record)))
        {
            return -1;
        }

        Table[record] = new Connection { Key = key, Generation = generation, FromOutside = fromOutside };
        _index.Add(key.Hash(_seed), record);
        if (isTcp)
        {
            _transient.Opened(record);
        }

        Opened++;
        return record;
    }

    /// <summary>Says that a TCP connection is now in another state.</summary>
    public void Changed(int record, TcpTracking state) => _transient.Changed(record, state);

    /// <summary>Says that a connection that was closed is being opened again.</summary>
    public void Reopened(int record)
    {
        _transient.Opened(record);
        Opened++;
    }

    /// <summary>Takes a connection out of the indexes; the table frees it.</summary>
    public void Release(int record)
    {
        _transient.Remove(record);
        _index.Remove(record);
    }
}
