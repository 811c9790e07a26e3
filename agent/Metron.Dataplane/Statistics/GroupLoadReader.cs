using System.Diagnostics;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Workers;

namespace Metron.Dataplane.Statistics;

/// <summary>Reads what flow groups and workers count. Each word is read once and whole.</summary>
internal static unsafe class GroupLoadReader
{
    public static GroupLoads Read(FlowGroups groups, IReadOnlyList<Worker> workers, DataplaneOptions options)
    {
        var cyclesPerNanosecond = options.TscHertz == 0 ? 1 : options.TscHertz / 1e9;
        return new GroupLoads(
            Stopwatch.GetTimestamp(),
            [.. Enumerable.Range(0, groups.Count).Select(group => ReadGroup(groups, group, workers.Count, cyclesPerNanosecond))],
            [.. workers.Select(worker => ReadWorker(worker, cyclesPerNanosecond))]);
    }

    private static GroupLoad ReadGroup(FlowGroups groups, int group, int workers, double cyclesPerNanosecond)
    {
        var view = groups.Views + group;
        var owner = groups.OwnerOf(group);
        return new GroupLoad(
            group,
            owner < workers ? owner : -1,
            Volatile.Read(ref view->Packets),
            Volatile.Read(ref view->SampledPackets),
            (ulong)(Volatile.Read(ref view->SampledNanoseconds) * cyclesPerNanosecond));
    }

    private static WorkerLoad ReadWorker(Worker worker, double cyclesPerNanosecond)
    {
        var counters = worker.Counters;
        return new WorkerLoad(
            worker.Index,
            (ulong)(Volatile.Read(ref counters->BusyNanoseconds) * cyclesPerNanosecond),
            (ulong)(Volatile.Read(ref counters->IdleNanoseconds) * cyclesPerNanosecond),
            Volatile.Read(ref counters->ReceivedPackets),
            Volatile.Read(ref counters->Polls),
            Volatile.Read(ref counters->BusyPolls),
            Volatile.Read(ref counters->FullPolls),
            worker.IsParked,
            worker.IsDead)
        {
            Wakes = Volatile.Read(ref counters->Wakes),
            WakeMicroseconds = (
                Volatile.Read(ref counters->WakeNanoseconds) / 1e3 / Math.Max(1, Volatile.Read(ref counters->Wakes)),
                Volatile.Read(ref counters->LongestWakeNanoseconds) / 1e3),
        };
    }
}
