using System.Diagnostics;
using Metron.Bench.Nics;
using Metron.Bench.Processes;
using Metron.Bench.Traces;
using Metron.Dpdk;

namespace Metron.Bench.StateSharing;

/// <summary>
/// State of each flow group against one shared table: two threads on two cores do the same NAPT work by the same code on the same flows. With state per
/// group a flow's packets come to one worker, which has a table of its own; with a shared table they are spread over both without regard to flows.
/// </summary>
internal sealed class StateSharingSuite : ISuite
{
    public const string PerGroup = "per-group";
    public const string SharedTable = "shared-table";

    private const int Workers = 2;
    private const int Packets = 65_536;
    private const int Capacity = 1 << 19;
    private const int PollsPerReading = 256;
    private const uint FirstAddress = 0xc633_6401; // 198.51.100.1
    private const double ZipfExponent = 1.1;

    private static readonly Dictionary<string, (int Flows, double Exponent)> Known = new()
    {
        ["two-workers-100"] = (100, 0),
        ["two-workers-10k"] = (10_000, 0),
        ["two-workers-10k-zipf"] = (10_000, ZipfExponent),
        ["two-workers-100k"] = (100_000, 0),
    };

    public string Name => "state-sharing";

    public IReadOnlyList<string> Cases => [.. Known.Keys];

    public IReadOnlyList<string> Contenders(string caseName) => [PerGroup, SharedTable];

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        if (CpuAffinity.Allowed().Count < Workers)
        {
            throw new BenchmarkException($"needs {Workers} CPUs");
        }

        var (flows, exponent) = Known[caseName];
        var duration = TimeSpan.FromSeconds(options.Seconds);
        var readings = new Dictionary<string, List<Reading>> { [PerGroup] = [], [SharedTable] = [] };
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var name in round % 2 == 0 ? [PerGroup, SharedTable] : new[] { SharedTable, PerGroup })
            {
                readings[name].Add(name == PerGroup ? MeasurePerGroup(flows, exponent, duration) : MeasureShared(flows, exponent, duration));
                progress($"{Name} {caseName}: round {round + 1}: {name} {readings[name][^1]}");
            }
        }

        foreach (var (name, of) in readings)
        {
            yield return Result.Of(Name, caseName, name, "mpps", "both workers, wall clock", [.. of.Select(reading => reading.Mpps)]);
            yield return Result.Of(Name, caseName, name, "nanosecondsPerPacket", "CPU time", [.. of.Select(reading => reading.Nanoseconds)]);
        }

        yield return Result.Of(
            Name, caseName, PerGroup, "speedup", $"times {SharedTable}, by CPU time",
            [.. readings[PerGroup].Zip(readings[SharedTable], (own, shared) => shared.Nanoseconds / own.Nanoseconds)]);
    }

    /// <summary>The frames that come to a worker: of all flows, or of those of its flow groups, in random order.</summary>
    internal static List<byte[]> FramesOf(int worker, bool isSpread, int flows, double exponent, int packets)
    {
        var random = new SplitMix64((ulong)worker + 1);
        var cumulated = new double[flows];
        for (var flow = 0; flow < flows; flow++)
        {
            cumulated[flow] = (flow > 0 ? cumulated[flow - 1] : 0) + Math.Pow(flow + 1, -exponent);
        }

        var frames = new List<byte[]>(packets);
        while (frames.Count < packets)
        {
            var at = Array.BinarySearch(cumulated, random.NextDouble() * cumulated[^1]);
            var flow = Math.Min(at < 0 ? ~at : at, flows - 1);
            if (isSpread || flow % Workers == worker)
            {
                frames.Add(FlowOf(flow).ToFrame(64, (uint)frames.Count));
            }
        }

        return frames;
    }

    private static Flow FlowOf(int number)
    {
        var random = new SplitMix64((ulong)number + 1000);
        return new Flow((uint)(0x0a00_0000 | random.Next(1 << 24)), (uint)(0xcb00_7100 | random.Next(256)), (ushort)(1024 + random.Next(60_000)), 53, false);
    }

    private static Reading MeasurePerGroup(int flows, double exponent, TimeSpan duration)
    {
        using var left = new NaptTable<Alone>(Capacity, FirstAddress);
        using var right = new NaptTable<Alone>(Capacity, FirstAddress + 16);
        return Measure<Alone>([left, right], isSpread: false, flows, exponent, duration);
    }

    private static Reading MeasureShared(int flows, double exponent, TimeSpan duration)
    {
        using var table = new NaptTable<Shared>(2 * Capacity, FirstAddress);
        return Measure<Shared>([table, table], isSpread: true, flows, exponent, duration);
    }

    private static Reading Measure<TSharing>(NaptTable<TSharing>[] tables, bool isSpread, int flows, double exponent, TimeSpan duration)
        where TSharing : struct, ISharing
    {
        var sources = Enumerable.Range(0, Workers).Select(worker => new FrameSource(FramesOf(worker, isSpread, flows, exponent, Packets))).ToArray();
        var workers = sources.Select((source, i) => new NaptWorker<TSharing, FramePort>(tables[i], new FramePort(source))).ToArray();
        var cores = CpuAffinity.Allowed();
        using var start = new Barrier(Workers);
        var packets = new double[Workers];
        var (cpu, wall) = (new double[Workers], new double[Workers]);
        var threads = Enumerable.Range(0, Workers).Select(i => new Thread(() =>
        {
            CpuAffinity.Pin(cores[i]);
            Poll(workers[i], 3 * Packets / 32); // all flows, and the JIT compiler's work
            start.SignalAndWait();
            var (sent, busy, clock) = (workers[i].Sent, ThreadTime.Nanoseconds(), Stopwatch.StartNew());
            while (clock.Elapsed < duration)
            {
                Poll(workers[i], PollsPerReading);
            }

            (packets[i], cpu[i], wall[i]) = (workers[i].Sent - sent, ThreadTime.Nanoseconds() - busy, clock.Elapsed.TotalSeconds);
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Array.ForEach(sources, source => source.Dispose());
        if (workers.Any(worker => worker.Dropped > 0))
        {
            throw new BenchmarkException("packets were dropped");
        }

        return new Reading(packets.Zip(wall, (count, seconds) => count / seconds).Sum() / 1e6, cpu.Sum() / packets.Sum());
    }

    private static void Poll<TSharing>(NaptWorker<TSharing, FramePort> worker, int times)
        where TSharing : struct, ISharing
    {
        for (var i = 0; i < times; i++)
        {
            worker.Poll();
        }
    }

    /// <summary>What both workers did.</summary>
    private sealed record Reading(double Mpps, double Nanoseconds)
    {
        public override string ToString() => $"{Mpps:0.00} Mpps, {Nanoseconds:0.0} ns";
    }
}
