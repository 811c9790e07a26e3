using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Metron.Balancing.Simulation;
using Metron.Cli.Output;

namespace Metron.Cli.Simulate;

/// <summary>What policies made of a scenario, for people and for programs.</summary>
internal static class SimulationReport
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A line on the scenario and a table.</summary>
    public static string Table(SimulationScenario scenario, IReadOnlyList<SimulationResult> results)
    {
        var table = new Table("POLICY", "P50", "P95", "P99", "DROPPED", "REORDERED", "CORES", "IMBALANCE", "MOVES");
        foreach (var result in results)
        {
            table.Add(
                result.Policy,
                Microseconds(result.LatencyMicroseconds(50)),
                Microseconds(result.LatencyMicroseconds(95)),
                Microseconds(result.LatencyMicroseconds(99)),
                Share(result.DropRatio),
                Share(result.Packets == 0 ? 0 : (double)result.Reordered / result.Packets),
                result.MeanCores.ToString("0.00", CultureInfo.InvariantCulture),
                result.ImbalancePercent.ToString("0", CultureInfo.InvariantCulture) + "%",
                Text.Number(result.Moves));
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{scenario.Cores} cores, {scenario.Traffic.Kind.ToString().ToLowerInvariant()} load {scenario.Load:0.###}, {scenario.Traffic.Flows} flows in {scenario.Groups} groups, seed {scenario.Seed}: {Text.Scaled(results[0].Packets)} packets in {scenario.Seconds:0.###} s; a fluid would need {results[0].FluidCores:0.00} cores\n\n")
            + table.ToText();
    }

    /// <summary>One object: the scenario's main figures, and each policy's with its readings over time.</summary>
    public static string Json(SimulationScenario scenario, IReadOnlyList<SimulationResult> results) => new JsonObject
    {
        ["scenario"] = JsonSerializer.SerializeToNode(scenario, s_scenario),
        ["results"] = new JsonArray([.. results.Select(Result)]),
    }.ToJsonString(s_indented) + "\n";

    private static readonly JsonSerializerOptions s_scenario = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static JsonObject Result(SimulationResult result) => new()
    {
        ["policy"] = result.Policy,
        ["packets"] = result.Packets,
        ["queueDrops"] = result.QueueDrops,
        ["handOverDrops"] = result.HandOverDrops,
        ["dropRatio"] = Round(result.DropRatio, 9),
        ["reordered"] = result.Reordered,
        ["p50Microseconds"] = Round(result.LatencyMicroseconds(50), 2),
        ["p95Microseconds"] = Round(result.LatencyMicroseconds(95), 2),
        ["p99Microseconds"] = Round(result.LatencyMicroseconds(99), 2),
        ["meanCores"] = Round(result.MeanCores, 3),
        ["fluidCores"] = Round(result.FluidCores, 3),
        ["imbalancePercent"] = Round(result.ImbalancePercent, 2),
        ["squaredImbalance"] = Round(result.SquaredImbalance, 6),
        ["moves"] = result.Moves,
        ["samples"] = new JsonArray([.. result.Samples.Where(sample => sample.IsMeasured).Select(Sample)]),
    };

    private static JsonObject Sample(SimulationSample sample) => new()
    {
        ["seconds"] = Round(sample.Seconds, 6),
        ["offeredCores"] = Round(sample.OfferedCores, 3),
        ["cores"] = sample.Cores,
        ["imbalancePercent"] = Round(sample.ImbalancePercent, 2),
        ["squaredImbalance"] = Round(sample.SquaredImbalance, 6),
        ["highestLoad"] = Round(sample.HighestLoad, 4),
    };

    private static double Round(double value, int digits) => Math.Round(value, digits);

    private static string Microseconds(double value) => value.ToString(value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture) + " µs";

    private static string Share(double value) => value == 0 ? "0" : value < 0.0001
        ? value.ToString("0.0e-0", CultureInfo.InvariantCulture)
        : (value * 100).ToString("0.00", CultureInfo.InvariantCulture) + "%";
}
