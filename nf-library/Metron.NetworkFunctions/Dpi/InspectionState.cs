using Metron.Inspection;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>
/// The flows that one worker inspects by the same rules, and the memory for it; outlives revisions that leave the rules as they are. When the
/// table is full, a new flow takes the place of the oldest one that has carried nothing yet (so that handshakes displace each other).
/// </summary>
internal sealed class InspectionState
{
    private const int Quiet = 0;
    private const int Denied = 1;
    private const int EvictionAttempts = 8;
    private readonly ulong _seed;
    private readonly HashIndex _index = new();
    private readonly HandleLists _lists = new(2);

    public InspectionState(InspectionRules rules, DpiConfiguration configuration, WorkerResources resources)
    {
        Rules = rules;
        _seed = resources.HashSeed;
        var memory = (long)configuration.StreamMebibytes << 20;
        Table = new StateTable<InspectedFlow>(resources.MaximumConnections);
        Partials = new PartialMatches(resources.MaximumConnections);
        Early = new EarlySegments(memory / 8);
        Streams = rules.Streams is { } streams ? new StreamPool(streams, memory - (memory / 8)) : null;
        Scanner = new Scanner(rules.Databases);
        Hits = new long[rules.Count];
    }

    public InspectionRules Rules { get; }

    public StateTable<InspectedFlow> Table { get; }

    public PartialMatches Partials { get; }

    public EarlySegments Early { get; }

    public StreamPool? Streams { get; }

    public Scanner Scanner { get; }

    public InspectionCounters Counters { get; } = new();

    /// <summary>Matches of each rule.</summary>
    public long[] Hits { get; }

    /// <summary>The latest matches.</summary>
    public MatchLog Log { get; } = new();

    /// <summary>The flow, -1 when it is not known.</summary>
    public int Find(in ConnectionKey key)
    {
        for (var record = _index.First(key.Hash(_seed)); record >= 0; record = _index.Next(record))
        {
            if (Table[record].Key == key)
            {
                return record;
            }
        }

        return -1;
    }

    /// <summary>Adds a flow.</summary>
    /// <returns>-1 when the table is full.</returns>
    public int Add(in ConnectionKey key, bool openedFromOutside, long now, long idleMilliseconds)
    {
        if (!Table.TryAdd(now, idleMilliseconds, out var record) && !(Evict() && Table.TryAdd(now, idleMilliseconds, out record)))
        {
            return -1;
        }

        Table[record] = new InspectedFlow { Key = key, OpenedFromOutside = openedFromOutside };
        _index.Add(key.Hash(_seed), record);
        _lists.Append(Quiet, record);
        return record;
    }

    /// <summary>Says that a flow has carried something.</summary>
    public void Spoke(int record) => _lists.Remove(record);

    /// <summary>
    /// Denies a flow: its memory goes at once; its flow entries with the next <see cref="RemoveEntriesOfDenied"/>, if a direction was cleared.
    /// Entries of directions that are inspected show each packet, and drop cheaply.
    /// </summary>
    public void Deny(int record)
    {
        ref var flow = ref Table[record];
        flow.IsDenied = true;
        Counters.Denied++;
        ReleaseMemory(ref flow.FromInside);
        ReleaseMemory(ref flow.FromOutside);
        _lists.Remove(record);
        if (flow.FromInside.IsCleared || flow.FromOutside.IsCleared)
        {
            _lists.Append(Denied, record);
        }
    }

    /// <summary>Inspects a direction no more.</summary>
    public void Clear(ref InspectedDirection direction)
    {
        direction.IsCleared = true;
        Counters.Cleared++;
        ReleaseMemory(ref direction);
    }

    /// <summary>Makes a closed connection new.</summary>
    public void Reopen(int record, bool openedFromOutside)
    {
        ref var flow = ref Table[record];
        ReleaseMemory(ref flow.FromInside);
        ReleaseMemory(ref flow.FromOutside);
        flow = new InspectedFlow { Key = flow.Key, OpenedFromOutside = openedFromOutside };
        _lists.Remove(record);
        _lists.Append(Quiet, record);
    }

    /// <summary>Lets go of a flow; the table frees it.</summary>
    public void Release(int record)
    {
        ref var flow = ref Table[record];
        ReleaseMemory(ref flow.FromInside);
        ReleaseMemory(ref flow.FromOutside);
        _lists.Remove(record);
        _index.Remove(record);
    }

    /// <summary>Removes the flow entries of directions that were cleared before the flow was denied.</summary>
    /// <returns>Number of flows looked at.</returns>
    public int RemoveEntriesOfDenied(IFlowDirectory flows, int budget)
    {
        var looked = 0;
        for (int record; looked < budget && (record = _lists.First(Denied)) >= 0; looked++)
        {
            _lists.Remove(record);
            Table.Flows.RemoveAll(record, flows);
        }

        return looked;
    }

    private void ReleaseMemory(ref InspectedDirection direction)
    {
        if (direction.Stream != 0)
        {
            Streams!.Return(direction.Stream - 1);
            direction.Stream = 0;
        }

        while (direction.FirstEarly != 0)
        {
            Early.RemoveFirst(ref direction.FirstEarly);
        }

        direction.EarlyBytes = 0;
        Partials.Clear(ref direction.FirstPartial);
    }

    private bool Evict()
    {
        var record = _lists.First(Quiet);
        for (var attempt = 0; record >= 0 && attempt < EvictionAttempts; attempt++)
        {
            if (!Table.Flows.Any(record))
            {
                Release(record);
                Table.Free(record);
                Counters.Evicted++;
                return true;
            }

            record = _lists.Next(record);
        }

        return false;
    }
}
