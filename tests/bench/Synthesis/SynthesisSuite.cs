using System.Globalization;
using System.Text.Json;
using Metron.Bench.Processes;

namespace Metron.Bench.Synthesis;

/// <summary>What compiling a chain takes, and how many rules come out, against a compiler that multiplies tables.</summary>
internal sealed class SynthesisSuite : ISuite
{
    private const string Metron = "metron";
    private const string Naive = "naive-product";

    public string Name => "synthesis";

    public IReadOnlyList<string> Cases => SynthesisCase.Names;

    public IReadOnlyList<string> Contenders(string caseName) => caseName == SynthesisCase.EditOneRule ? [Metron] : [Metron, Naive];

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        Compile("gate", caseName);
        progress($"{Name} {caseName}: right; measuring {options.Rounds} rounds");
        var rounds = Contenders(caseName).ToDictionary(contender => contender, _ => new List<CompilerReport>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            // Who begins changes from round to round, so that drift of the machine hits both alike.
            var turns = Contenders(caseName);
            foreach (var contender in round % 2 == 0 ? turns.Reverse() : turns)
            {
                var report = Compile(contender, caseName);
                rounds[contender].Add(report);
                progress(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  round {round}: {contender} {report.Milliseconds:0.0} ms, {report.PeakMebibytes:0} MiB, {report.TrafficClasses} classes, "
                    + $"{report.SwitchRules} switch rules{(report.HasEnded ? "" : " and not at the end: given up")}"));
            }
        }

        return rounds.SelectMany(pair => Summaries(caseName, pair.Key, pair.Value));
    }

    private IEnumerable<Result> Summaries(string caseName, string contender, List<CompilerReport> reports)
    {
        // What was given up has no figures; that it was is one.
        if (!reports.TrueForAll(report => report.HasEnded))
        {
            return [Result.Of(Name, caseName, contender, "givenUpAtSwitchRules", "rules", [.. reports.Select(report => (double)report.SwitchRules)])];
        }

        var isOurs = contender == Metron;
        return new[]
        {
            Result.Of(Name, caseName, contender, "milliseconds", "ms", [.. reports.Select(report => report.Milliseconds)]),
            Result.Of(Name, caseName, contender, "peakMebibytes", "MiB", [.. reports.Select(report => report.PeakMebibytes)]),
            Result.Of(Name, caseName, contender, "switchRules", "rules", [.. reports.Select(report => (double)report.SwitchRules)]),
        }.Concat(caseName == SynthesisCase.EditOneRule
            ? [Result.Of(Name, caseName, contender, "firstMilliseconds", "ms", [.. reports.Select(report => report.FirstMilliseconds)])]
            : []).Concat(isOurs ? [Result.Of(Name, caseName, contender, "trafficClasses", "classes", [.. reports.Select(report => (double)report.TrafficClasses)])] : []);
    }

    private static CompilerReport Compile(string contender, string caseName) =>
        JsonSerializer.Deserialize<CompilerReport>(ChildProcess.Run([.. ChildProcess.Self, "compiler", contender, caseName]))
        ?? throw new BenchmarkException("the compiler's process reported nothing");
}
