using Metron.Bench.Processes;
using Metron.Dataplane;
using Metron.Packets;

namespace Metron.Bench.Dataplane;

/// <summary>Measures a case in this process, on a device that replays a trace.</summary>
internal static class Measurement
{
    /// <param name="known">Case and trace.</param>
    /// <param name="pcaps">The trace's files, one for each worker.</param>
    /// <param name="seconds">Length of the window.</param>
    public static Reading Run(TracedCase known, IReadOnlyList<string> pcaps, double seconds)
    {
        var size = PoolSize.Of(known.Trace);
        using var eal = WorkerProcess.StartEal(size);
        using var pool = WorkerProcess.CreatePool(size);
        using var device = WorkerProcess.StartDevice(pool, Setup.Replay(pcaps), known.Case.Workers);
        using var forwarder = Forwarders.Create(
            known.Case,
            [.. Enumerable.Range(0, known.Case.Workers).Select(queue => (device.GetReceiveQueue(queue), device.GetTransmitQueue(queue)))],
            eal.TscHertz);
        (forwarder as ChainForwarder)?.WaitForPackets();
        if (!Polling.Until(() => device.ReadStatistics().ReceivedPackets >= (ulong)(known.Trace.Packets * known.Trace.Workers)))
        {
            throw new TimeoutException("the trace did not come through once");
        }

        var hardware = Enumerable.Range(0, known.Case.Workers).Select(HardwareCounters.Open).ToList();
        Counters? from = null;
        Counters? until = null;
        long allocated = 0;
        double Read()
        {
            // What reading the counters allocates lies outside of what is counted. It is of the whole process.
            if (from is null)
            {
                from = Counters.Read(forwarder, hardware);
                allocated = GC.GetTotalAllocatedBytes(precise: true);
            }
            else
            {
                allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
                until = Counters.Read(forwarder, hardware);
            }

            return device.ReadStatistics().ReceivedPackets;
        }

        var window = Window.Measure(Environment.ProcessId, Read, seconds, known.Case.Workers);
        return new Reading(window)
        {
            TscHertz = eal.TscHertz,
            AllocatedBytes = allocated,
            DeployMilliseconds = forwarder.DeployMilliseconds,
            FlowEntries = until!.Workers.Sum(worker => (double)worker.FlowEntries),
            FlowBytes = until.Workers.Sum(worker => (double)worker.FlowBytes),
            Workers = [.. from!.Workers.Select((earlier, worker) => Compare(worker, from, until))],
        };
    }

    private static WorkerReading Compare(int worker, Counters from, Counters until)
    {
        var (earlier, later) = (from.Workers[worker], until.Workers[worker]);
        var name = $"worker-{worker}";
        return new WorkerReading
        {
            Packets = later.Received.Packets - earlier.Received.Packets,
            SlowPathPackets = later.SlowPathPackets - earlier.SlowPathPackets,
            ForeignPackets = later.Drops.GetValueOrDefault(DropReason.WrongWorker) - earlier.Drops.GetValueOrDefault(DropReason.WrongWorker),
            BusySeconds = until.Busy.GetValueOrDefault(name) - from.Busy.GetValueOrDefault(name),
            Instructions = until.Hardware[worker].Instructions - from.Hardware[worker].Instructions,
            CacheMisses = until.Hardware[worker].CacheMisses - from.Hardware[worker].CacheMisses,
        };
    }

    /// <summary>Counters at an end of the window.</summary>
    private sealed record Counters(
        IReadOnlyList<WorkerStatistics> Workers,
        IReadOnlyDictionary<string, double> Busy,
        IReadOnlyList<(double? Instructions, double? CacheMisses)> Hardware)
    {
        public static Counters Read(IForwarder forwarder, IReadOnlyList<HardwareCounters> hardware) => new(
            forwarder.ReadStatistics()?.Workers ?? [],
            BusyTime.ReadByName(Environment.ProcessId),
            [.. hardware.Select(counters => (counters.Instructions?.ReadValue(), counters.CacheMisses?.ReadValue()))]);
    }

    /// <summary>What the machine counts of a worker's thread; they end with the process.</summary>
    private sealed record HardwareCounters(HardwareCounter? Instructions, HardwareCounter? CacheMisses)
    {
        public static HardwareCounters Open(int worker) => new(
            HardwareCounter.OpenFor($"worker-{worker}", HardwareCounter.Event.Instructions),
            HardwareCounter.OpenFor($"worker-{worker}", HardwareCounter.Event.CacheMisses));
    }
}
