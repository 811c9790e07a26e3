using System.Globalization;
using System.Text.Json;
using Metron.Bench.Processes;

namespace Metron.Bench.Lookup;

/// <summary>What a first packet's search for its route or its rule takes, by several structures for the same routes or rules.</summary>
internal sealed class LookupSuite : ISuite
{
    private const string Ours = "metron";

    public string Name => "lookup";

    public IReadOnlyList<string> Cases => [.. RouteCases.Names, .. RuleCases.Names, RouteUpdates.Case];

    public IReadOnlyList<string> Contenders(string caseName) =>
        caseName == RouteUpdates.Case ? [Ours]
            : caseName.StartsWith("rules", StringComparison.Ordinal) ? RuleAnswers.Contenders(caseName.StartsWith("rules6", StringComparison.Ordinal), RouteCases.Count(caseName))
            : RouteAnswers.Contenders(caseName.StartsWith("routes6", StringComparison.Ordinal));

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        if (caseName == RouteUpdates.Case)
        {
            return Updates(options, progress);
        }

        var rounds = Contenders(caseName).ToDictionary(contender => contender, _ => new List<LookupReport>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            var turns = Contenders(caseName);
            foreach (var contender in round % 2 == 0 ? turns.Reverse() : turns)
            {
                var report = Measure(contender, caseName);
                rounds[contender].Add(report);
                progress(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {caseName} round {round}: {contender} built in {report.BuildMilliseconds:0.0} ms, {report.Mebibytes:0.0} MiB, cycles "
                    + $"{report.Warm:0.0} warm, {(double.IsNaN(report.Zipf) ? "" : $"{report.Zipf:0.0} Zipf, ")}{report.Cold:0} cold"));
                if (report.Checksum != rounds[Contenders(caseName)[0]][0].Checksum)
                {
                    throw new BenchmarkException($"{contender} answers otherwise than {Contenders(caseName)[0]}");
                }
            }
        }

        return rounds.SelectMany(pair => Summaries(caseName, pair.Key, pair.Value));
    }

    private IEnumerable<Result> Summaries(string caseName, string contender, List<LookupReport> reports)
    {
        (string Metric, string Unit, Func<LookupReport, double> Figure)[] figures =
        [
            ("buildMilliseconds", "ms", report => report.BuildMilliseconds),
            ("mebibytes", "MiB", report => report.Mebibytes),
            ("cyclesPerLookup", "cycles", report => report.Warm),
            ("cyclesPerLookupZipf", "cycles", report => report.Zipf),
            ("cyclesPerLookupCold", "cycles", report => report.Cold),
        ];
        return figures
            .Where(figure => !double.IsNaN(figure.Figure(reports[0])))
            .Select(figure => Result.Of(Name, caseName, contender, figure.Metric, figure.Unit, [.. reports.Select(figure.Figure)]));
    }

    private List<Result> Updates(Options options, Action<string> progress)
    {
        var reports = new List<UpdateReport>();
        foreach (var report in RouteUpdates.Measure(options.Rounds))
        {
            progress(string.Create(
                CultureInfo.InvariantCulture,
                $"  {RouteUpdates.Case} round {reports.Count + 1}: {report.Milliseconds:0} ms, longest gap {report.LongestGap:0} µs, {report.LongestGapBefore:0} µs before"));
            reports.Add(report);
        }

        Result Summary(string metric, string unit, Func<UpdateReport, double> value) =>
            Result.Of(Name, RouteUpdates.Case, Ours, metric, unit, [.. reports.Select(value)]);
        return
        [
            Summary("updateMilliseconds", "ms", report => report.Milliseconds),
            Summary("gapP99.99", "µs", report => report.Gap9999),
            Summary("gapMax", "µs", report => report.LongestGap),
            Summary("gapMaxWithoutUpdate", "µs", report => report.LongestGapBefore),
        ];
    }

    private static LookupReport Measure(string contender, string caseName) =>
        JsonSerializer.Deserialize<LookupReport>(ChildProcess.Run([.. ChildProcess.Self, "answers", contender, caseName]), LookupProcess.Numbers)
        ?? throw new BenchmarkException("the process that looks up reported nothing");
}
