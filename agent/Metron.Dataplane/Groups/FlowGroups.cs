using System.Numerics;
using Metron.Dataplane.Flows;
using Metron.Packets.Memory;

namespace Metron.Dataplane.Groups;

/// <summary>The flow groups of a server. Their number is fixed.</summary>
internal sealed unsafe class FlowGroups : IDisposable
{
    /// <summary>How many times its even share of the flows a group may hold.</summary>
    private const int Skew = 4;

    private const int LeastFlows = 1024;

    /// <summary>A group that has at least so many flows for its share has them in huge pages.</summary>
    private const int FlowsForHugePages = 1 << 17;

    private readonly FlowGroup[] _groups;
    private readonly NativeRegion _views;

    /// <param name="options">Options that were checked.</param>
    /// <param name="seed">Seed of the hash functions.</param>
    public FlowGroups(DataplaneOptions options, HashSeed seed)
    {
        var workers = options.Workers.Count;
        ArePrivate = options.FlowGroups == 0;
        Count = ArePrivate ? workers : options.FlowGroups;
        HashMask = ArePrivate ? 0 : (uint)Count - 1;
        Seed = seed;
        var share = (int)Math.Min((long)options.MaximumFlowsPerWorker * workers / Count, options.MaximumFlowsPerWorker);
        var capacity = ArePrivate ? options.MaximumFlowsPerWorker : (int)Math.Clamp((long)share * Skew, LeastFlows, Math.Max(LeastFlows, options.MaximumFlowsPerWorker));
        _views = new NativeRegion((nuint)(Count * sizeof(GroupView)));
        Views = (GroupView*)_views.Start;
        _groups = [.. Enumerable.Range(0, Count).Select(number => new FlowGroup(
            number, Views + number, capacity, (uint)options.FlowIdleTimeout.TotalMilliseconds, seed, ArePrivate || share >= FlowsForHugePages))];
        for (var number = 0; number < Count; number++)
        {
            Views[number].Owner = number % workers;
        }
    }

    /// <summary>Number of groups.</summary>
    public int Count { get; }

    /// <summary>Whether every worker has one group of its own, which never moves.</summary>
    public bool ArePrivate { get; }

    /// <summary>The bits of a packet's RSS hash that name its group, where hashes do; 0 when groups are private.</summary>
    public uint HashMask { get; }

    /// <summary>Seed of the hash functions of all groups.</summary>
    public HashSeed Seed { get; }

    /// <summary>What the fast path reads of the groups, by number.</summary>
    public GroupView* Views { get; }

    /// <summary>A group by its number.</summary>
    public FlowGroup this[int number] => _groups[number];

    /// <summary>Index of the worker that owns a group, or may take it.</summary>
    public int OwnerOf(int number) => Volatile.Read(ref Views[number].Owner) & ~GroupView.HandedOver;

    /// <summary>Whether a group count is one that options may have.</summary>
    public static bool IsCount(int count) => count == 0 || (count is > 0 and <= 4096 && BitOperations.IsPow2(count));

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_groups, group => group.Dispose());
        _views.Dispose();
    }
}
