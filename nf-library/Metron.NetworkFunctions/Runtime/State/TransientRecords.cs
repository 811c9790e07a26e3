namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>
/// The records of a full table that give way to new ones: TCP connections whose ends have not both agreed yet, or that are over; those first that
/// have been so for longest. So a flood of SYNs, answered or not, displaces itself and never a connection that is established.
/// </summary>
internal sealed class TransientRecords
{
    private const int List = 0;

    /// <summary>Records looked at for one without flow entries, which would have to go first.</summary>
    private const int Looks = 8;

    private readonly HandleLists _records = new(1);

    /// <summary>Records that gave way so far.</summary>
    public long Evicted { get; private set; }

    /// <summary>Says that a record's connection was opened, now or again.</summary>
    public void Opened(int record)
    {
        _records.Remove(record);
        _records.Append(List, record);
    }

    /// <summary>Says that a record's connection is now in another state.</summary>
    public void Changed(int record, TcpTracking state)
    {
        if (TcpTransitions.IsEstablished(state))
        {
            _records.Remove(record);
        }
        else if (state != TcpTracking.Answered)
        {
            Opened(record);
        }
    }

    /// <summary>Says that a record goes.</summary>
    public void Remove(int record) => _records.Remove(record);

    /// <summary>Frees the first of the records that no flow entry rests on; those before it go to the end.</summary>
    /// <returns>Whether there is room now.</returns>
    public bool TryEvict<T>(StateTable<T> table, IStateOwner owner)
        where T : unmanaged
    {
        for (var look = 0; look < Looks; look++)
        {
            var record = _records.First(List);
            if (record < 0)
            {
                return false;
            }

            if (!table.Flows.Any(record))
            {
                owner.Release(record);
                table.Free(record);
                Evicted++;
                return true;
            }

            Opened(record);
        }

        return false;
    }
}
