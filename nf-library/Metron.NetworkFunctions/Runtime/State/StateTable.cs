using Metron.Packets.Memory;

namespace Metron.NetworkFunctions.Runtime.State;

/// <summary>What the owner of a <see cref="StateTable{T}"/> says about its records when they age.</summary>
internal interface IStateOwner
{
    /// <summary>How long the record may be idle, in milliseconds.</summary>
    long IdleMilliseconds(int record);

    /// <summary>The record is about to be freed: the owner takes it out of its indexes.</summary>
    void Release(int record);
}

/// <summary>
/// Records that live as long as they are used: by the slow path, which touches them, or by flow entries that rest on them, which are asked
/// when the record's timer comes up, so that the fast path touches no record. A record goes together with its flow entries, and only in
/// <see cref="Age"/>, so no flow entry ever rests on a record that is gone.
/// </summary>
/// <param name="maximum">Most records at a time.</param>
internal sealed class StateTable<T>(int maximum)
    where T : unmanaged
{
    private readonly Slab<T> _records = new(maximum);
    private readonly ChunkedArray<uint> _touched = new(); // ticks of 128 ms, rounded up; DueNow for condemned
    private readonly TimerWheel _timers = new();

    /// <summary>Number of records.</summary>
    public int Count => _records.Count;

    /// <summary>Most records at a time.</summary>
    public int Maximum
    {
        get => _records.Maximum;
        set => _records.Maximum = value;
    }

    /// <summary>The flow entries that rest on the records.</summary>
    public AttachedFlows Flows { get; } = new();

    /// <summary>Records freed because they were idle too long.</summary>
    public long Expired { get; private set; }

    /// <summary>The record.</summary>
    public ref T this[int record] => ref _records[record];

    /// <summary>The handle by which a flow depends on a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="refreshes">Whether packets of the flow keep the record alive.</param>
    public static int Handle(int record, bool refreshes) => (record << 1) | (refreshes ? 1 : 0);

    /// <summary>Adds a record of zeros, just used.</summary>
    /// <returns>False when the table is full.</returns>
    public bool TryAdd(long now, long idleMilliseconds, out int record)
    {
        if (!_records.TryAdd(out record))
        {
            return false;
        }

        _touched.EnsureLength(record + 1);
        Touch(record, now);
        _timers.Schedule(record, now + idleMilliseconds, now);
        return true;
    }

    /// <summary>Says that the record was used.</summary>
    public void Touch(int record, long now)
    {
        ref var touched = ref _touched[record];
        touched = touched == uint.MaxValue ? touched : Ticks(now);
    }

    /// <summary>Says that a packet of a flow was here that its entry does not count; see <see cref="NetworkFunction.DroppedBehind"/>.</summary>
    public void TouchBy(int handle, long now)
    {
        if ((handle & 1) == 1)
        {
            Touch(handle >> 1, now);
        }
    }

    /// <summary>Says that the record's idle time became shorter. (That it became longer is seen when its timer comes up.)</summary>
    public void Shorten(int record, long now, long idleMilliseconds) => _timers.Schedule(record, now + idleMilliseconds, now);

    /// <summary>
    /// Drops the flow entries that rest on the record: it begins anew, so its packets are to be seen again until they may be cached. Without this,
    /// the entry of one direction that outlives an RST of the other would hide the first packets of a connection that opens at once again.
    /// </summary>
    public void DropFlows(int record, IFlowDirectory? flows)
    {
        if (flows is not null)
        {
            Flows.RemoveAll(record, flows);
        }
    }

    /// <summary>Has the record freed with its flows by the next <see cref="Age"/>, whatever uses it.</summary>
    public void Condemn(int record, long now)
    {
        _touched[record] = uint.MaxValue;
        _timers.Schedule(record, now, now);
    }

    /// <summary>Whether the record is to be freed.</summary>
    public bool IsCondemned(int record) => _touched[record] == uint.MaxValue;

    /// <summary>Frees a record at once. No flow may be attached to it, and its owner must have taken it out of its indexes.</summary>
    public void Free(int record)
    {
        _timers.Cancel(record);
        _records.Free(record);
    }

    /// <summary>A flow entry was made; see <see cref="NetworkFunction.FlowAttached"/>.</summary>
    public void Attach(int handle, FlowReference flow) => Flows.Attach(handle >> 1, flow, (handle & 1) == 1);

    /// <summary>A flow entry is gone; see <see cref="NetworkFunction.FlowDetached"/>.</summary>
    public void Detach(int handle, FlowReference flow, long lastSeen)
    {
        var record = handle >> 1;
        Flows.Detach(record, flow);
        if ((handle & 1) == 1 && lastSeen >= 0)
        {
            _touched[record] = Math.Max(_touched[record], Ticks(lastSeen));
        }
    }

    /// <summary>
    /// Looks at records whose timers are due, and frees those that were idle for too long; see <see cref="NetworkFunction.Age"/>.
    /// </summary>
    /// <returns>Number of timers and flows looked at.</returns>
    public int Age(long now, IFlowDirectory flows, int budget, IStateOwner owner)
    {
        var looked = 0;
        while (looked < budget && _timers.TryTake(now, out var record))
        {
            looked++;
            if (IsCondemned(record))
            {
                Release(record, flows, owner);
                continue;
            }

            var idle = owner.IdleMilliseconds(record);
            var used = Math.Max((long)_touched[record] << TimerWheel.TickBits, Flows.LastSeen(record, now - idle, flows, ref looked));
            if (used + idle <= now)
            {
                Expired++;
                Release(record, flows, owner);
            }
            else
            {
                _timers.Schedule(record, used + idle, now);
            }
        }

        return looked;
    }

    private static uint Ticks(long now) => (uint)((now + (1 << TimerWheel.TickBits) - 1) >> TimerWheel.TickBits);

    private void Release(int record, IFlowDirectory flows, IStateOwner owner)
    {
        Flows.RemoveAll(record, flows);
        owner.Release(record);
        _records.Free(record);
    }
}
