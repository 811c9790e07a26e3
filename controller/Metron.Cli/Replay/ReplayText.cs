using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Metron.Balancing;
using Metron.Cli.Output;

namespace Metron.Cli.Replay;

/// <summary>A recorded run and what other settings would have made of it, for people and for programs.</summary>
internal static class ReplayText
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What the recording holds, both runs side by side, and, when asked for, each tick's decisions.</summary>
    public static string Table(Recording recording, ReplayReport report, bool withDecisions)
    {
        var (was, would) = (report.Recorded, report.Replayed);
        var table = new Table("", "RECORDED", "REPLAYED")
            .Add("flow groups moved", Text.Number((ulong)was.Moves), Text.Number((ulong)would.Moves))
            .Add("squared imbalance, mean", Fraction(was.MeanImbalance), Fraction(would.MeanImbalance))
            .Add("highest load of a worker, mean", Fraction(was.HighestUtilisation), Fraction(would.HighestUtilisation))
            .Add("workers in use, mean", Fraction(was.MeanWorkers), Fraction(would.MeanWorkers))
            .Add("changes of their number", Text.Number((ulong)was.ScalingChanges), Text.Number((ulong)would.ScalingChanges));
        var text = Summary(recording) + "\n\n" + table.ToText()
            + (report.FirstDifference == 0 ? "\nEvery tick is decided as it was.\n" : $"\nThe first tick that is decided otherwise: {report.FirstDifference}\n");
        return withDecisions ? $"{text}\n{Decisions(recording, report).ToText()}" : text;
    }

    /// <summary>One object: both runs, and each tick's decisions.</summary>
    public static string Json(Recording recording, ReplayReport report) => new JsonObject
    {
        ["ticks"] = recording.Ticks.Count,
        ["flowGroups"] = recording.Header.Groups,
        ["workers"] = recording.Header.Workers.Length,
        ["recorded"] = Figures(report.Recorded),
        ["replayed"] = Figures(report.Replayed),
        ["firstDifference"] = report.FirstDifference,
        ["decisions"] = new JsonArray([.. recording.Ticks.Zip(report.Decisions).Select(pair => new JsonObject
        {
            ["tick"] = pair.First.Number,
            ["recorded"] = DecisionText.Of(pair.First),
            ["replayed"] = DecisionText.Of(pair.Second),
            ["moves"] = new JsonArray([.. pair.Second.Moves.Select(move => new JsonObject { ["flowGroup"] = move.Group, ["from"] = move.From, ["to"] = move.To })]),
        })]),
    }.ToJsonString(s_indented) + "\n";

    private static string Summary(Recording recording) => string.Create(
        CultureInfo.InvariantCulture,
        $"{recording.Ticks.Count} ticks over {recording.Ticks.Sum(tick => tick.Sample.Seconds):0.0} s, {recording.Header.Groups} flow groups, {recording.Header.Workers.Length} workers");

    private static Table Decisions(Recording recording, ReplayReport report)
    {
        var table = new Table("TICK", "RECORDED", "REPLAYED");
        foreach (var (was, would) in recording.Ticks.Zip(report.Decisions))
        {
            var (before, after) = (DecisionText.Of(was), DecisionText.Of(would));
            table.Add(Text.Number((ulong)was.Number), before, before == after ? "the same" : after);
        }

        return table;
    }

    private static JsonObject Figures(RunFigures figures) => new()
    {
        ["moves"] = figures.Moves,
        ["meanImbalance"] = Math.Round(figures.MeanImbalance, 9),
        ["highestUtilisation"] = Math.Round(figures.HighestUtilisation, 9),
        ["meanWorkers"] = Math.Round(figures.MeanWorkers, 6),
        ["scalingChanges"] = figures.ScalingChanges,
    };

    private static string Fraction(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
