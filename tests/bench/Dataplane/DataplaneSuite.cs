using System.Globalization;
using Metron.Bench.Traces;

namespace Metron.Bench.Dataplane;

/// <summary>Forwarding and chains on one core, against testpmd's io mode on the same device and trace.</summary>
internal sealed class DataplaneSuite : ISuite
{
    private const string Metron = "metron";
    private const string TestPmdIo = "testpmd-io";
    private const string BareVectorscan = "vectorscan";

    private readonly Dictionary<string, (DataplaneCase Case, Trace Trace)> _cases = DataplaneCase.Known
        .SelectMany(known => known.WithTraces().Select(named => (named.Name, Value: (known, named.Trace))))
        .ToDictionary(named => named.Name, named => named.Value);

    /// <summary>TSC frequency as the last worker process measured it; 0 before the first.</summary>
    public static ulong TscHertz { get; private set; }

    public string Name => "dataplane";

    public IReadOnlyList<string> Cases => [.. _cases.Keys];

    public IReadOnlyList<string> Contenders(string caseName) =>
        _cases[caseName].Case.IsInspection ? [Metron, TestPmdIo, BareVectorscan] : [Metron, TestPmdIo];

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        var (known, trace) = _cases[caseName];
        var directory = Directory.CreateTempSubdirectory("metron-bench-");
        try
        {
            var pcap = trace.WriteTo(directory.FullName);
            Gate(known, pcap, directory.FullName);
            progress($"{Name} {caseName}: right; measuring {options.Rounds} rounds{(Setup.HasHugePages ? string.Empty : " without hugepages")}");
            return Measure(known, caseName, pcap, options, progress);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Gate(DataplaneCase known, string pcap, string directory)
    {
        var output = Path.Combine(directory, "out.pcap");
        var sent = PcapFile.Read(pcap);
        MetronContender.Forward(known.Name, pcap, sent.Count, output);
        if (known.Expectation.Check(sent, PcapFile.Read(output)) is { } wrong)
        {
            throw new BenchmarkException($"not measured, because it is not right: {wrong}");
        }
    }

    private List<Result> Measure(DataplaneCase known, string caseName, string pcap, Options options, Action<string> progress)
    {
        var ours = new List<Window>();
        var theirs = new List<Window>();
        var bare = new List<Window>();
        var allocated = new List<double>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            // Who begins changes from round to round, so that drift of the machine hits both alike.
            var contenders = known.IsInspection ? 3 : 2;
            for (var turn = 0; turn < contenders; turn++)
            {
                var whose = (round + turn) % contenders;
                if (whose == 0)
                {
                    theirs.Add(TestPmd.Measure(pcap, options.Seconds));
                }
                else if (whose == 2)
                {
                    bare.Add(MetronContender.MeasureBareScan(known.Name, pcap, options.Seconds));
                }
                else
                {
                    var (window, tscHertz, bytes) = MetronContender.Measure(known.Name, pcap, options.Seconds);
                    TscHertz = tscHertz;
                    ours.Add(window);
                    allocated.Add(bytes / Math.Max(window.Packets, 1));
                }
            }

            progress(string.Create(
                CultureInfo.InvariantCulture,
                $"  round {round}: {Metron} {Describe(ours[^1])}, {TestPmdIo} {Describe(theirs[^1])}"));
        }

        return
        [
            Summary(caseName, Metron, "mpps", "Mpps", ours.Select(window => window.MegapacketsPerSecond)),
            Summary(caseName, TestPmdIo, "mpps", "Mpps", theirs.Select(window => window.MegapacketsPerSecond)),
            Summary(caseName, Metron, "cyclesPerPacket", "cycles", ours.Select(window => window.CyclesPerPacket(TscHertz))),
            Summary(caseName, TestPmdIo, "cyclesPerPacket", "cycles", theirs.Select(window => window.CyclesPerPacket(TscHertz))),
            Summary(
                caseName, Metron, "cyclesRatio", $"times {TestPmdIo}",
                ours.Zip(theirs, (one, other) => one.CyclesPerPacket(TscHertz) / other.CyclesPerPacket(TscHertz))),
            Summary(caseName, Metron, "allocatedBytesPerPacket", "bytes", allocated),
            .. known.IsInspection ? Throughput(caseName, BareScanner.MeanPayload(pcap), ours, bare) : [],
        ];
    }

    /// <summary>Payload per CPU time of the worker, so that other work on the machine does not count.</summary>
    private IEnumerable<Result> Throughput(string caseName, double meanPayload, List<Window> ours, List<Window> bare)
    {
        double Gigabits(Window window) => window.Packets * meanPayload * 8 / window.BusySeconds / 1e9;
        yield return Summary(caseName, Metron, "gbps", "Gb/s", ours.Select(Gigabits));
        yield return Summary(caseName, BareVectorscan, "gbps", "Gb/s", bare.Select(Gigabits));
        yield return Summary(caseName, Metron, "gbpsRatio", $"times {BareVectorscan}", ours.Zip(bare, (one, other) => Gigabits(one) / Gigabits(other)));
    }

    private static string Describe(Window window) => string.Create(
        CultureInfo.InvariantCulture, $"{window.MegapacketsPerSecond:0.00} Mpps ({window.CyclesPerPacket(TscHertz):0.0} cycles)");

    private Result Summary(string caseName, string contender, string metric, string unit, IEnumerable<double> rounds) =>
        Result.Of(Name, caseName, contender, metric, unit, [.. rounds]);
}
