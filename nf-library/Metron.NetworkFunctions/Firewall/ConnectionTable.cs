using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>
/// The connections of one firewall on one worker; outlives revisions of its configuration. When the table is full, a new connection takes
/// the place of the oldest TCP connection that was never answered (so that a flood of SYNs displaces itself); without such, it is refused.
/// </summary>
internal sealed class ConnectionTable(WorkerResources resources)
{
    private const int Unanswered = 0;
    private const int EvictionAttempts = 8;
    private readonly ulong _seed = resources.HashSeed;
    private readonly HashIndex _index = new();
    private readonly HandleLists _unanswered = new(1);

    /// <summary>The connections.</summary>
    public StateTable<Connection> Table { get; } = new(resources.MaximumConnections);

    /// <summary>Number of the newest configuration.</summary>
    public int Generation { get; set; }

    /// <summary>Connections opened so far.</summary>
    public long Opened { get; private set; }

    /// <summary>Unanswered connections that made room for new ones.</summary>
    public long Evicted { get; private set; }

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
    public int Add(in ConnectionKey key, bool fromOutside, bool isTcp, int generation, long now, long idleMilliseconds)
    {
        if (!Table.TryAdd(now, idleMilliseconds, out var record) && !(Evict() && Table.TryAdd(now, idleMilliseconds, out record)))
        {
            return -1;
        }

        Table[record] = new Connection { Key = key, Generation = generation, FromOutside = fromOutside };
        _index.Add(key.Hash(_seed), record);
        if (isTcp)
        {
            _unanswered.Append(Unanswered, record);
        }

        Opened++;
        return record;
    }

    /// <summary>Says that the other end answered.</summary>
    public void Answered(int record) => _unanswered.Remove(record);

    /// <summary>Says that a connection that was closed is being opened again.</summary>
    public void Reopened(int record)
    {
        _unanswered.Remove(record);
        _unanswered.Append(Unanswered, record);
        Opened++;
    }

    /// <summary>Takes a connection out of the indexes; the table frees it.</summary>
    public void Release(int record)
    {
        _unanswered.Remove(record);
        _index.Remove(record);
    }

    private bool Evict()
    {
        var record = _unanswered.First(Unanswered);
        for (var attempt = 0; record >= 0 && attempt < EvictionAttempts; attempt++)
        {
            if (!Table.Flows.Any(record))
            {
                Release(record);
                Table.Free(record);
                Evicted++;
                return true;
            }

            record = _unanswered.Next(record);
        }

        return false;
    }
}
