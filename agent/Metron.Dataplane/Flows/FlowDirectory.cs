using Metron.Dataplane.Programs;
using Metron.Dataplane.Workers;
using Metron.NetworkFunctions.Runtime;

namespace Metron.Dataplane.Flows;

/// <summary>
/// The flow tables of a flow group and what its entries rest on: makes, ages and drops entries, and tells the functions. Belongs to the thread of
/// the worker that owns the group.
/// </summary>
internal sealed unsafe partial class FlowDirectory : IFlowDirectory, IDisposable
{
    private const int DependenciesPerFlow = 8;
    private const int NoCaller = -1;

    private readonly uint _idleMilliseconds;
    private readonly DependencyPool _dependencies;
    private readonly GroupView* _view;
    private readonly List<WorkerProgram?> _programs = [null];
    private int _callerLineage = NoCaller;
    private int _purgeCursor;

    /// <param name="capacity">Most entries for each IP version.</param>
    /// <param name="idleMilliseconds">How long an entry is kept without packets.</param>
    /// <param name="seed">Seed of the hash functions.</param>
    /// <param name="view">What the fast path reads of the group; kept up to date.</param>
    /// <param name="usesHugePages">Whether the tables are to lie in huge pages.</param>
    public FlowDirectory(int capacity, uint idleMilliseconds, HashSeed seed, GroupView* view, bool usesHugePages)
    {
        _view = view;
        _idleMilliseconds = idleMilliseconds;
        _dependencies = new DependencyPool((int)Math.Min((long)capacity * 2 * DependenciesPerFlow, int.MaxValue / DependencyPool.BytesEach), usesHugePages);
        _work = new WorkPool((int)Math.Min((long)capacity * 2 * WorkPerFlow, int.MaxValue / WorkPool.BytesEach), usesHugePages);
        V4 = new FlowTable<Ipv4Addresses>(capacity, seed, &view->Index4, usesHugePages);
        V6 = new FlowTable<Ipv6Addresses>(capacity, seed, &view->Index6, usesHugePages);
        view->Entries4 = V4.Entries;
        view->Entries6 = V6.Entries;
    }

    /// <summary>IPv4 flows.</summary>
    public FlowTable<Ipv4Addresses> V4 { get; }

    /// <summary>IPv6 flows.</summary>
    public FlowTable<Ipv6Addresses> V6 { get; }

    /// <summary>The worker that owns the group; set by that worker when it takes the group.</summary>
    public WorkerContext Owner { get; set; } = null!;

    /// <summary>Worker time in milliseconds, set between bursts.</summary>
    public long Now => Owner.Now;

    /// <summary>Entries in use.</summary>
    public int Count => V4.Count + V6.Count;

    /// <summary>Entries made so far.</summary>
    public ulong Created { get; private set; }

    /// <summary>Entries that went because they were idle.</summary>
    public ulong Expired { get; private set; }

    /// <summary>Entries that went to make room.</summary>
    public ulong Evicted { get; private set; }

    /// <summary>Bytes that the tables take.</summary>
    public long Bytes => V4.Bytes + V6.Bytes + ((long)_dependencies.InUse * DependencyPool.BytesEach)
        + _work.Bytes;

    /// <summary>Makes a program known by its number.</summary>
    public void AddProgram(WorkerProgram program)
    {
        while (_programs.Count <= program.Number)
        {
            _programs.Add(null);
        }

        _programs[program.Number] = program;
    }

    /// <summary>
    /// Makes an entry and tells the functions that it rests on. An entry of the same key goes afterwards, so that state that both rest on is
    /// never without one.
    /// </summary>
    /// <param name="table"><see cref="V4"/> or <see cref="V6"/>.</param>
    /// <param name="key">Key.</param>
    /// <param name="program">Program that the packet walked.</param>
    /// <param name="packet">The packet after its walk.</param>
    /// <returns>The entry, with the key set and all else 0; null when there is no room.</returns>
    public FlowEntry<TAddresses>* Add<TAddresses>(
        FlowTable<TAddresses> table, in FlowKey<TAddresses> key, WorkerProgram program, ref FlowPacket packet)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        if (!MakeRoom(table, packet.DependencyCount) || _work.Available < packet.WorkCount)
        {
            return null;
        }

        var hash = table.Hash(key);
        var previous = table.Find(key, hash);
        var number = table.Add(key, hash, program.Number);
        var reference = ReferenceTo<TAddresses>(number);
        for (var i = 0; i < packet.DependencyCount; i++)
        {
            _dependencies.Add(ref table.Record(number)->FirstDependency, packet.Dependencies[i]);
        }

        AddWork(ref table.Entry(number)->Work, packet);
        for (var i = 0; i < packet.DependencyCount; i++)
        {
            var dependency = packet.Dependencies[i];
            program.Functions[dependency.Function].Instance.FlowAttached(dependency.Handle, reference);
        }

        if (previous >= 0)
        {
            Retire(table, previous);
        }

        Created++;
        return table.Entry(number);
    }

    /// <summary>Drops the key's entry, if there is one, and tells the functions.</summary>
    public void Remove<TAddresses>(FlowTable<TAddresses> table, in FlowKey<TAddresses> key)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var number = table.Find(key, table.Hash(key));
        if (number >= 0)
        {
            Retire(table, number);
        }
    }

    /// <summary>Drops idle entries.</summary>
    /// <param name="budget">Most entries of each table to look at.</param>
    public void Age(int budget)
    {
        Age(V4, budget);
        Age(V6, budget);
    }

    /// <summary>How many entries to look at per second, so that each is looked at eight times in the idle time.</summary>
    public long EntriesToLookAtPerSecond => Math.Max(V4.HighWater, V6.HighWater) * 8000L / _idleMilliseconds;

    /// <summary>Drops a program's entries, some at each call.</summary>
    /// <param name="program">Number of the program.</param>
    /// <param name="budget">Most entries to look at.</param>
    /// <returns>True when none is left; then the number is free.</returns>
    public bool Purge(ushort program, int budget)
    {
        var total = V4.HighWater + V6.HighWater;
        for (; budget > 0 && _purgeCursor < total; budget--, _purgeCursor++)
        {
            if (_purgeCursor < V4.HighWater)
            {
                PurgeAt(V4, _purgeCursor, program);
            }
            else
            {
                PurgeAt(V6, _purgeCursor - V4.HighWater, program);
            }
        }

        if (_purgeCursor < total)
        {
            return false;
        }

        _purgeCursor = 0;
        _programs[program] = null;
        return true;
    }

    /// <summary>Says which function asks from now on, by its lineage; -1 for none.</summary>
    public void SetCaller(int lineage) => _callerLineage = lineage;

    /// <inheritdoc/>
    public long LastSeen(FlowReference flow) =>
        IsV6(flow) ? LastSeen(V6, NumberOf(flow)) : LastSeen(V4, NumberOf(flow));

    /// <inheritdoc/>
    public void ReadCounters(FlowReference flow, out ulong packets, out ulong bytes)
    {
        if (IsV6(flow))
        {
            ReadCounters(V6, NumberOf(flow), out packets, out bytes);
        }
        else
        {
            ReadCounters(V4, NumberOf(flow), out packets, out bytes);
        }
    }

    /// <inheritdoc/>
    public void Remove(FlowReference flow)
    {
        if (IsV6(flow))
        {
            RetireIfLive(V6, NumberOf(flow));
        }
        else
        {
            RetireIfLive(V4, NumberOf(flow));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        V4.Dispose();
        V6.Dispose();
        _dependencies.Dispose();
        _work.Dispose();
    }

    private static bool IsV6(FlowReference flow) => (flow.Value & 1) != 0;

    /// <summary>Arithmetic shift: <see cref="FlowReference.None"/> becomes -1.</summary>
    private static int NumberOf(FlowReference flow) => flow.Value >> 1;

    private static FlowReference ReferenceTo<TAddresses>(int number) => new(number * 2 + (typeof(TAddresses) == typeof(Ipv6Addresses) ? 1 : 0));

    private static bool IsLive<TAddresses>(FlowTable<TAddresses> table, int number)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses> =>
        (uint)number < (uint)table.HighWater && table.Record(number)->Program != 0;

    /// <summary>An entry keeps 32 bits of its time: it is never idle for as long as they take to wrap (49 days).</summary>
    private long LastSeen<TAddresses>(FlowTable<TAddresses> table, int number)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses> =>
        IsLive(table, number) ? Now - ((uint)Now - table.Entry(number)->LastSeen) : long.MinValue;

    private static void ReadCounters<TAddresses>(FlowTable<TAddresses> table, int number, out ulong packets, out ulong bytes)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var isLive = IsLive(table, number);
        packets = isLive ? table.Entry(number)->Packets : 0;
        bytes = isLive ? table.Entry(number)->Bytes : 0;
    }

    private void RetireIfLive<TAddresses>(FlowTable<TAddresses> table, int number)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        if (IsLive(table, number))
        {
            Retire(table, number);
        }
    }

    private void PurgeAt<TAddresses>(FlowTable<TAddresses> table, int number, ushort program)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        if (table.Record(number)->Program == program)
        {
            Retire(table, number);
        }
    }

    private bool MakeRoom<TAddresses>(FlowTable<TAddresses> table, int dependencies)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        if (table.IsFull)
        {
            Retire(table, table.PickVictim((uint)Now));
            Evicted++;
        }

        return _dependencies.Available >= dependencies;
    }

    private void Age<TAddresses>(FlowTable<TAddresses> table, int budget)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        int number;
        while ((number = table.NextIdle((uint)Now, _idleMilliseconds, ref budget)) >= 0)
        {
            Retire(table, number);
            Expired++;
        }
    }

    private void Retire<TAddresses>(FlowTable<TAddresses> table, int number)
        where TAddresses : unmanaged, IFlowAddresses<TAddresses>
    {
        var entry = table.Entry(number);
        var record = table.Record(number);
        var functions = _programs[record->Program]!.Functions;
        var lastSeen = LastSeen(table, number);
        var packets = entry->Packets;
        var bytes = entry->Bytes;
        var dependencies = record->FirstDependency;
        _work.Free(entry->Work);
        _view->Work = _work.InUse;
        table.Remove(number);
        while (_dependencies.TryTake(ref dependencies, out var dependency))
        {
            var function = functions[dependency.Function];
            if (function.Lineage != _callerLineage)
            {
                function.Instance.FlowDetached(dependency.Handle, ReferenceTo<TAddresses>(number), lastSeen, packets, bytes);
            }
        }
    }
}
