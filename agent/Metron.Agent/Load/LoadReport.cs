using Google.Protobuf.WellKnownTypes;
using Metron.Dataplane;
using Metron.Mapping.Programs;
using Metron.Packets;

namespace Metron.Agent.Load;

/// <summary>Turns the dataplane's counters into a load report.</summary>
internal static class LoadReport
{
    /// <summary>Makes a report.</summary>
    /// <param name="server">Name of the server.</param>
    /// <param name="time">When the counters were read.</param>
    /// <param name="interval">Since the counters of the report before, or since the start.</param>
    /// <param name="now">The counters.</param>
    /// <param name="earlier">Those of the report before; null for the first.</param>
    public static V1.ServerLoad Build(string server, DateTimeOffset time, TimeSpan interval, DataplaneStatistics now, DataplaneStatistics? earlier)
    {
        var load = new V1.ServerLoad { Server = server, Time = time.ToTimestamp(), Interval = interval.ToDuration() };
        load.Workers.AddRange(now.Workers.Select(worker =>
            BuildWorker(worker, earlier?.Workers.FirstOrDefault(other => other.Worker == worker.Worker))));
        load.Chains.AddRange(now.Programs.Select(program =>
            BuildChain(program, earlier?.Programs.FirstOrDefault(other => other.Chain == program.Chain && other.Revision == program.Revision))));
        return load;
    }

    private static V1.WorkerLoad BuildWorker(WorkerStatistics now, WorkerStatistics? earlier)
    {
        var load = new V1.WorkerLoad
        {
            Worker = (uint)now.Worker,
            Load = now.LoadSince(earlier),
            Received = ToProto(now.Received),
            Sent = ToProto(now.Sent),
            CyclesPerPacket = now.CyclesPerPacketSince(earlier),
            FlowEntries = now.FlowEntries,
            MaxPollGapMicroseconds = now.MaximumPollGapMicroseconds,
            MedianPollGapMicroseconds = now.PollGaps.MicrosecondsOf(0.5, earlier?.PollGaps),
            // Steps end up to an eighth above the longest of their gaps.
            P9999PollGapMicroseconds = Math.Min(now.PollGaps.MicrosecondsOf(0.9999, earlier?.PollGaps), now.MaximumPollGapMicroseconds),
            SlowPathPackets = now.SlowPathPackets,
            Samples = SampleReport.Cycles(now.Samples),
            PacketTimes = SampleReport.Times(now.Samples.Latencies, earlier?.Samples.Latencies),
        };
        foreach (var (reason, packets) in now.Drops)
        {
            load.Drops.Add(FunctionLoads.Name(reason), packets);
        }

        return load;
    }

    private static V1.ChainLoad BuildChain(ProgramStatistics program, ProgramStatistics? earlier)
    {
        var load = new V1.ChainLoad { Chain = program.Chain, Revision = program.Revision };
        load.Classes.AddRange(program.Classes.Select(entry => new V1.ClassLoad
        {
            // Classes are counted from 1; 0 on the wire stands for packets of none.
            TrafficClass = entry.ClassId == ClassStatistics.Unclassified ? 0 : (uint)entry.ClassId,
            Worker = (uint)entry.Worker,
            Counters = ToProto(entry.Count),
        }));
        load.Functions.AddRange(program.Functions.GroupBy(function => function.Function).Select(BuildFunction));
        SampleReport.Add(load, program, earlier);
        return load;
    }

    /// <summary>A function on all workers: its own counters, and "drop.REASON" for what the dataplane dropped on its word.</summary>
    private static V1.NetworkFunctionLoad BuildFunction(IGrouping<string, FunctionStatistics> ofWorkers)
    {
        var load = FunctionLoads.ToProto(ofWorkers.Key, ofWorkers.Select(function => function.Report).OfType<NetworkFunctions.Runtime.FunctionReport>());
        var drops = new SortedDictionary<DropReason, ulong>();
        foreach (var (reason, packets) in ofWorkers.SelectMany(function => function.Drops))
        {
            drops[reason] = drops.GetValueOrDefault(reason) + packets;
        }

        foreach (var (reason, packets) in drops)
        {
            load.Counters[$"drop.{FunctionLoads.Name(reason)}"] = packets;
        }

        return load;
    }

    private static V1.Counters ToProto(PacketCount count) => new() { Packets = count.Packets, Bytes = count.Bytes };
}
