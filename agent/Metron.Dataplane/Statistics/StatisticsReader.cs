using System.Diagnostics;
using Metron.Dataplane.Flows;
using Metron.Dataplane.Groups;
using Metron.Dataplane.Programs;
using Metron.Dataplane.Workers;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.Dataplane.Statistics;

/// <summary>Reads what workers write. Each word is read once and whole; words that belong together may be a few packets apart.</summary>
internal static unsafe class StatisticsReader
{
    /// <summary>Reads everything. The programs must not be released meanwhile.</summary>
    public static DataplaneStatistics Read(
        DataplaneOptions options,
        IReadOnlyList<Worker> workers,
        ProgramRegistry registry,
        FlowGroups groups,
        IReadOnlyDictionary<WorkerFunction, FunctionReport> reports)
    {
        var cyclesPerNanosecond = options.TscHertz == 0 ? 1 : options.TscHertz / 1e9;
        var perWorker = workers.Select(worker => ReadWorker(worker, cyclesPerNanosecond)).ToList();
        var perProgram = registry.Programs
            .Select(program => ReadProgram(program, registry, groups, reports, cyclesPerNanosecond))
            .Select(program => groups.ArePrivate ? program : GroupSums.Of(program)).ToList();
        return new DataplaneStatistics(Stopwatch.GetTimestamp(), perWorker, perProgram);
    }

    private static WorkerStatistics ReadWorker(Worker worker, double cyclesPerNanosecond)
    {
        var counters = worker.Counters;
        var drops = new Dictionary<DropReason, ulong>();
        for (var reason = 0; reason < WorkerCounters.Reasons; reason++)
        {
            var count = Volatile.Read(ref counters->Drops[reason]);
            if (count != 0)
            {
                drops[(DropReason)reason] = count;
            }
        }

        return new WorkerStatistics
        {
            Worker = worker.Index,
            Received = new PacketCount(Volatile.Read(ref counters->ReceivedPackets), Volatile.Read(ref counters->ReceivedBytes)),
            Sent = new PacketCount(Volatile.Read(ref counters->SentPackets), Volatile.Read(ref counters->SentBytes)),
            Drops = drops,
            BusyCycles = (ulong)(Volatile.Read(ref counters->BusyNanoseconds) * cyclesPerNanosecond),
            IdleCycles = (ulong)(Volatile.Read(ref counters->IdleNanoseconds) * cyclesPerNanosecond),
            Polls = Volatile.Read(ref counters->Polls),
            BusyPolls = Volatile.Read(ref counters->BusyPolls),
            MaximumPollGapMicroseconds = PollGap.Take(counters) / 1000.0,
            PollGaps = PollGap.Read(counters),
            Samples = worker.Sampler.Read(cyclesPerNanosecond),
            SlowPathPackets = Volatile.Read(ref counters->SlowPathPackets),
            RetaggedPackets = Volatile.Read(ref counters->RetaggedPackets),
            FlowEntries = Volatile.Read(ref counters->FlowEntries),
            FlowsCreated = Volatile.Read(ref counters->FlowsCreated),
            FlowsExpired = Volatile.Read(ref counters->FlowsExpired),
            FlowsEvicted = Volatile.Read(ref counters->FlowsEvicted),
            FlowBytes = Volatile.Read(ref counters->FlowBytes),
        };
    }

    /// <summary>Reads a program's counters, by flow group: with private groups, that is by worker.</summary>
    private static ProgramStatistics ReadProgram(
        CompiledProgram program,
        ProgramRegistry registry,
        FlowGroups groups,
        IReadOnlyDictionary<WorkerFunction, FunctionReport> reports,
        double cyclesPerNanosecond)
    {
        var latencies = new List<ProgramLatencies>();
        var classes = new List<ClassStatistics>();
        var functions = new List<FunctionStatistics>();
        for (var group = 0; group < groups.Count; group++)
        {
            if (registry.Find(program, group) is not { } placed)
            {
                continue;
            }

            classes.AddRange(ReadClasses(placed, groups[group].Exits));
            latencies.Add(new ProgramLatencies(group, placed.Samples.ReadLatencies()));
            for (var function = 0; function < placed.Functions.Length; function++)
            {
                var instance = placed.Functions[function];
                functions.Add(new FunctionStatistics(
                    instance.Instance.Name, group, placed.ReadDrops(function), reports.GetValueOrDefault(instance))
                {
                    Cycles = placed.Samples.Read(function, cyclesPerNanosecond),
                });
            }
        }

        return new ProgramStatistics(program.Program.Chain, program.Program.Revision, classes, functions) { Latencies = latencies };
    }

    private static List<ClassStatistics> ReadClasses(WorkerProgram program, FlowExits exits)
    {
        var classes = program.Compiled.Program.Classes;
        var counts = new PacketCount[classes.Count + 1];
        for (var number = 1; number < exits.HighWater; number++)
        {
            var exit = exits.Start + number;
            if (exit->Program == program.Number && exit->Continuation == 0)
            {
                counts[exit->Class + 1] += new PacketCount(Volatile.Read(ref exit->Packets), Volatile.Read(ref exit->Bytes));
            }
        }

        // A class is listed once for each way that its packets may take.
        var statistics = classes.Select((item, index) => (item.Id, Count: counts[index + 1])).GroupBy(item => item.Id)
            .Select(ways => new ClassStatistics(ways.Key, program.Group, ways.Aggregate(default(PacketCount), (sum, way) => sum + way.Count)))
            .ToList();
        if (counts[0].Packets > 0)
        {
            statistics.Add(new ClassStatistics(ClassStatistics.Unclassified, program.Group, counts[0]));
        }

        return statistics;
    }
}
