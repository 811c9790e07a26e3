namespace Metron.Balancing.Simulation;

/// <summary>
/// Flow groups on their way from one core to another. Packets that reach the new core before the old one has released the group wait, up to a bound in number and
/// time; they are handled, in order, behind what the new core has before it at the moment of the release.
/// </summary>
internal sealed class HandOvers(CostModel cost, int groups, int[] generations)
{
    private readonly HandOver?[] byGroup = new HandOver?[groups];
    private readonly List<HandOver> pending = [];
    private readonly Stack<HandOver> unused = new();

    /// <summary>When the next group is released; infinite when none is on its way.</summary>
    public double NextRelease { get; private set; } = double.PositiveInfinity;

    /// <summary>Begins a hand-over, or changes the target of one that has not ended.</summary>
    /// <param name="group">The group.</param>
    /// <param name="now">When the indirection table changes.</param>
    /// <param name="from">The core that it leaves, which first handles what it has in its queue.</param>
    public void Begin(int group, double now, CoreQueue from)
    {
        var release = from.Start(now) + cost.HandOverNanoseconds;
        if (byGroup[group] is { } running)
        {
            running.Release = Math.Max(running.Release, release);
        }
        else
        {
            var handOver = unused.Count > 0 ? unused.Pop() : new HandOver(cost.EarlyPackets, generations);
            (handOver.Group, handOver.Release, handOver.Count) = (group, release, 0);
            byGroup[group] = handOver;
            pending.Add(handOver);
        }

        NextRelease = pending.Min(handOver => handOver.Release);
    }

    /// <summary>The hand-over of a group; null when it is with its core.</summary>
    public HandOver? Of(int group) => byGroup[group];

    /// <summary>Ends the hand-overs whose release has come: the new core handles what waited.</summary>
    public void Release(double now, ReadOnlySpan<int> owners, CoreQueue[] cores, Measurements measured)
    {
        for (var i = pending.Count - 1; i >= 0; i--)
        {
            if (pending[i].Release <= now)
            {
                var handOver = pending[i];
                pending.RemoveAt(i);
                byGroup[handOver.Group] = null;
                handOver.Handle(cores[owners[handOver.Group]], measured);
                unused.Push(handOver);
            }
        }

        NextRelease = pending.Count == 0 ? double.PositiveInfinity : pending.Min(handOver => handOver.Release);
    }
}

/// <summary>A group on its way, and the packets that wait for it.</summary>
internal sealed class HandOver(int capacity, int[] generations)
{
    private readonly Waiting[] waiting = new Waiting[capacity];

    public int Group { get; set; }

    /// <summary>When the old core will have released it.</summary>
    public double Release { get; set; }

    /// <summary>Packets that wait.</summary>
    public int Count { get; set; }

    /// <summary>Lets a packet wait.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryWait(double arrival, double service, int flow)
    {
        if (Count == waiting.Length)
        {
            return false;
        }

        waiting[Count++] = new Waiting(arrival, service, flow, generations[flow]);
        return true;
    }

    /// <summary>Handles what waited, in order.</summary>
    public void Handle(CoreQueue core, Measurements measured)
    {
        foreach (var packet in waiting.AsSpan(0, Count))
        {
            var departure = core.Add(Release, packet.Service);
            if (packet.Generation == generations[packet.Flow])
            {
                measured.Leave(packet.Flow, packet.Arrival, departure);
            }
            else
            {
                measured.LeaveLate(packet.Arrival, departure);
            }
        }
    }

    private readonly record struct Waiting(double Arrival, double Service, int Flow, int Generation);
}
