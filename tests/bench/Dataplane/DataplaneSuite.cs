using System.Globalization;
using Metron.Bench.Traces;

namespace Metron.Bench.Dataplane;

/// <summary>Forwarding and chains, against testpmd's io mode on the same device and trace, and against each other.</summary>
internal sealed class DataplaneSuite : ISuite
{
    private readonly IReadOnlyDictionary<string, Comparison> _comparisons = Comparison.Known;

    /// <summary>TSC frequency as the last worker process measured it; 0 before the first.</summary>
    public static ulong TscHertz { get; private set; }

    public string Name => "dataplane";

    public IReadOnlyList<string> Cases => [.. _comparisons.Keys];

    public IReadOnlyList<string> Contenders(string caseName) => [.. _comparisons[caseName].Entries.Select(entry => entry.Name)];

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        var comparison = _comparisons[caseName];
        foreach (var trace in comparison.Entries.Select(entry => entry.Case.Trace))
        {
            if (PoolSize.Of(trace).FindShortage() is { } shortage)
            {
                throw new BenchmarkException($"not measured: {trace.Name} {shortage}");
            }
        }

        var directory = Directory.CreateTempSubdirectory("metron-bench-");
        try
        {
            var files = WriteTraces(comparison, directory.FullName);
            var entries = Gate.Pass(comparison.Entries, files, directory.FullName, text => progress($"{Name} {caseName}: {text}"));
            var pages = PoolSize.Of(comparison.Entries[0].Case.Trace).HasHugePages ? string.Empty : " without hugepages";
            progress($"{Name} {caseName}: right; measuring {options.Rounds} rounds{pages}");
            var readings = Measure(entries, files, options, progress);
            return new ReadingSummary(Name, caseName, TscHertz, files).Of(entries, readings);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>The files of each trace.</summary>
    private static Dictionary<Trace, IReadOnlyList<string>> WriteTraces(Comparison comparison, string directory)
    {
        var files = new Dictionary<Trace, IReadOnlyList<string>>();
        foreach (var trace in comparison.Entries.Select(entry => entry.Case.Trace))
        {
            if (!files.ContainsKey(trace))
            {
                files.Add(trace, trace.WriteTo(Directory.CreateDirectory(Path.Combine(directory, $"{files.Count}")).FullName));
            }
        }

        return files;
    }

    /// <summary>Readings of each entry, in the order of the rounds.</summary>
    private static IReadOnlyList<List<Reading>> Measure(
        IReadOnlyList<Entry> entries, Dictionary<Trace, IReadOnlyList<string>> files, Options options, Action<string> progress)
    {
        var readings = entries.Select(_ => new List<Reading>()).ToList();
        for (var round = 1; round <= options.Rounds; round++)
        {
            // Who begins changes from round to round, so that drift of the machine hits all alike.
            for (var turn = 0; turn < entries.Count; turn++)
            {
                var whose = (round + turn) % entries.Count;
                var (entry, known) = (entries[whose], entries[whose].Case);
                var reading = entry.Contender.Measure(known, files[known.Trace], options.Seconds);
                TscHertz = reading.TscHertz == 0 ? TscHertz : reading.TscHertz;
                Gate.CheckReading(entry, reading);
                readings[whose].Add(reading);
            }

            progress($"  round {round}: {string.Join(", ", entries.Zip(readings, (entry, taken) => Describe(entry, taken[^1].Window)))}");
        }

        return readings;
    }

    private static string Describe(Entry entry, Window window) => string.Create(
        CultureInfo.InvariantCulture, $"{entry.Name} {window.MegapacketsPerSecond:0.00} Mpps ({window.CyclesPerPacket(TscHertz):0.0} cycles)");
}
