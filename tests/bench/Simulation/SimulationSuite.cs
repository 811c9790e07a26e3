using System.Globalization;
using Metron.Balancing.Simulation;
using Metron.Cli.Simulate;

namespace Metron.Bench.Simulation;

/// <summary>Policies that spread traffic over cores, in virtual time: the round is the seed, and the machine's speed has no influence on the figures.</summary>
internal sealed class SimulationSuite : ISuite, IPlots
{
    private const string SharedTable = "metron-shared-table";
    private const string Steady = "steady-8cores-";
    private const string Sine = "sine-15cores";
    private static readonly double[] s_loads = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95];

    private static readonly (string Metric, string Unit, Func<SimulationResult, double> Of)[] s_metrics =
    [
        ("p50Microseconds", "µs", result => result.LatencyMicroseconds(50)),
        ("p95Microseconds", "µs", result => result.LatencyMicroseconds(95)),
        ("p99Microseconds", "µs", result => result.LatencyMicroseconds(99)),
        ("dropRatio", "of packets", result => result.DropRatio),
        ("reorderedRatio", "of packets", result => (double)result.Reordered / Math.Max(1, result.Packets)),
        ("meanCores", "cores", result => result.MeanCores),
        ("coresOverFluid", "times", result => result.MeanCores / result.FluidCores),
        ("imbalancePercent", "%", result => result.ImbalancePercent),
        ("squaredImbalance", "cores²", result => result.SquaredImbalance),
        ("moves", "in the round", result => result.Moves),
    ];

    // The last round of each case, for plots over time.
    private readonly Dictionary<string, SimulationResult[]> last = [];

    public string Name => "simulation";

    public IReadOnlyList<string> Cases => [Sine, .. s_loads.Select(CaseOf), "burst-8cores", "churn-8cores"];

    public IReadOnlyList<string> Contenders(string caseName) =>
        caseName.StartsWith(Steady, StringComparison.Ordinal) ? [.. Simulator.Policies, SharedTable] : Simulator.Policies;

    public IEnumerable<Result> Run(string caseName, Options options, Action<string> progress)
    {
        var contenders = Contenders(caseName);
        var rounds = Enumerable.Range(1, options.Rounds).Select(round =>
        {
            var results = new SimulationResult[contenders.Count];
            Parallel.For(0, results.Length, i => results[i] = Measure(Scenario(caseName, options.Seconds, (ulong)round), contenders[i]));
            progress($"{Name} {caseName}: round {round}: p95 {string.Join(", ", results.Select(result => string.Create(CultureInfo.InvariantCulture, $"{result.Policy} {result.LatencyMicroseconds(95):0} µs")))}");
            return last[caseName] = results;
        }).ToList();
        return
        [
            .. from contender in Enumerable.Range(0, contenders.Count)
               from metric in s_metrics
               select Result.Of(Name, caseName, contenders[contender], metric.Metric, metric.Unit, [.. rounds.Select(results => metric.Of(results[contender]))]),
        ];
    }

    public void Plot(string directory, IReadOnlyList<Result> results)
    {
        foreach (var (caseName, ofCase) in last)
        {
            SimulationPlots.Write(directory, $"{Name}-{caseName}", ofCase);
        }

        PlotAgainstLoad(directory, results, "p95Microseconds", "95th percentile of latency (µs)", Simulator.Policies);
        PlotAgainstLoad(directory, results, "p99Microseconds", "99th percentile of latency (µs)", Simulator.Policies);
        PlotAgainstLoad(directory, results, "dropRatio", "share of packets dropped", Simulator.Policies);
        PlotAgainstLoad(directory, results, "p95Microseconds", "95th percentile of latency (µs)", ["metron", SharedTable], "state-");
        PlotAgainstLoad(directory, results, "dropRatio", "share of packets dropped", ["metron", SharedTable], "state-");
    }

    private static SimulationResult Measure(SimulationScenario scenario, string contender) => contender == SharedTable
        ? Simulator.Run(scenario with { SharedState = true }, "metron") with { Policy = SharedTable }
        : Simulator.Run(scenario, contender);

    private static string CaseOf(double load) => string.Create(CultureInfo.InvariantCulture, $"{Steady}{load:0.##}");

    private static SimulationScenario Scenario(string caseName, double seconds, ulong seed)
    {
        var steady = new SimulationScenario { Seed = seed, Seconds = seconds };
        return caseName switch
        {
            Sine => KnownScenarios.Sine(seconds) with { Seed = seed },
            "burst-8cores" => steady with { Load = 0.7, Traffic = new TrafficModel { Kind = TrafficKind.Burst, ZipfExponent = 0.9 } },
            "churn-8cores" => steady with { Load = 0.8, Traffic = new TrafficModel { Kind = TrafficKind.Churn, LifetimeSeconds = 0.5, ZipfExponent = 0.9 } },
            _ => steady with { Load = double.Parse(caseName.AsSpan(Steady.Length), CultureInfo.InvariantCulture) },
        };
    }

    private void PlotAgainstLoad(string directory, IReadOnlyList<Result> results, string metric, string axis, IReadOnlyList<string> contenders, string prefix = "")
    {
        var lines = new List<PlotLine>();
        foreach (var contender in contenders)
        {
            var points = from load in s_loads
                         from result in results
                         where result.Suite == Name && result.Case == CaseOf(load) && result.Contender == contender && result.Metric == metric
                         select (load, result.Median);
            lines.Add(new PlotLine(contender, [.. points]));
        }

        lines.RemoveAll(line => line.Points.Count < 2);
        if (lines.Count > 0)
        {
            var svg = LinePlot.Draw("8 cores, heavy-tailed traffic", "mean load of the cores that there are", axis, lines, logarithmic: true);
            File.WriteAllText(Path.Combine(directory, $"{Name}-{prefix}{metric}-against-load.svg"), svg);
        }
    }
}
