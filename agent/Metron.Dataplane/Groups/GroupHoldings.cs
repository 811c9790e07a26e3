using Metron.Dataplane.Workers;
using Metron.Dpdk;
using Metron.Packets;

namespace Metron.Dataplane.Groups;

/// <summary>
/// Which flow groups a worker has, which it expects, and which it is to give away. To a worker a group is foreign, expected or owned. Belongs to the
/// worker's thread.
/// </summary>
/// <param name="groups">All flow groups.</param>
/// <param name="context">The worker's.</param>
internal sealed unsafe class GroupHoldings(FlowGroups groups, WorkerContext context)
{
    private readonly EarlyQueue?[] _early = new EarlyQueue?[groups.Count];
    private int _next;

    /// <summary>The groups that the worker owns.</summary>
    public List<FlowGroup> Owned { get; } = [];

    /// <summary>The groups that it expects, or expected, with their packets.</summary>
    public List<EarlyQueue> Expected { get; } = [];

    /// <summary>What it is to give away.</summary>
    public List<ReleaseOrder> Releases { get; } = [];

    /// <summary>Whether groups come or go.</summary>
    public bool IsMoving { get; private set; }

    /// <summary>Whether there is nothing to do for the worker.</summary>
    public bool IsEmpty => Owned.Count == 0 && !IsMoving;

    /// <summary>Makes the worker the first owner of a group.</summary>
    public void BeginWith(FlowGroup group)
    {
        group.BeginWith(context);
        Owned.Add(group);
    }

    /// <summary>Takes a group if it was handed over; the worker may from then on touch it.</summary>
    public bool TryTake(FlowGroup group)
    {
        if (!group.TryTake(context))
        {
            return false;
        }

        Owned.Add(group);
        return true;
    }

    /// <summary>Gives a group away.</summary>
    public void Leave(FlowGroup group, int to)
    {
        Owned.Remove(group);
        group.HandOver(to);
    }

    /// <summary>Begins to expect a group.</summary>
    public void Expect(EarlyQueue queue)
    {
        _early[queue.Group] = queue;
        Expected.Add(queue);
        IsMoving = true;
    }

    /// <summary>Ends to expect a group, which has come or has not.</summary>
    public void Forget(EarlyQueue queue)
    {
        if (_early[queue.Group] == queue)
        {
            _early[queue.Group] = null;
        }

        Expected.Remove(queue);
        queue.SetForgotten();
        Note();
    }

    /// <summary>Takes an order to give a group away.</summary>
    public void Accept(ReleaseOrder order)
    {
        Releases.Add(order);
        IsMoving = true;
    }

    /// <summary>An order has been carried out, or withdrawn.</summary>
    public void Finish(ReleaseOrder order)
    {
        Releases.Remove(order);
        Note();
    }

    /// <summary>Lets a packet wait whose group the worker does not own.</summary>
    /// <returns><see cref="DropReason.None"/>, or why it must be freed.</returns>
    public DropReason TryKeep(int group, Mbuf mbuf) => _early[group]?.TryAdd(mbuf, context.Nanoseconds) ?? DropReason.WrongWorker;

    /// <summary>Ages some of the groups, so that each has its turn every 16 milliseconds or sooner.</summary>
    /// <param name="counters">The worker's counters.</param>
    public void Age(WorkerCounters* counters)
    {
        const int MostMilliseconds = 16;
        for (var turns = (Owned.Count + MostMilliseconds - 1) / MostMilliseconds; turns > 0; turns--)
        {
            _next = _next + 1 < Owned.Count ? _next + 1 : 0;
            Owned[_next].Age(context.Now);
            Owned[_next].Publish(counters);
        }
    }

    private void Note() => IsMoving = Expected.Count > 0 || Releases.Count > 0;
}
