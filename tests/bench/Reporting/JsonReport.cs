using System.Text.Encodings.Web;
using System.Text.Json;

namespace Metron.Bench;

/// <summary>Writes results as one JSON object: { machine, results }.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(TextWriter output, Machine machine, IReadOnlyList<Result> results) =>
        output.WriteLine(JsonSerializer.Serialize(new { machine, results = results.Select(Round) }, Format));

    // Four digits are more than the figures are good for.
    private static Result Round(Result result) =>
        result with { Median = Round(result.Median), Min = Round(result.Min), Max = Round(result.Max) };

    private static double Round(double value) => value == 0 || !double.IsFinite(value)
        ? 0
        : Math.Round(value, Math.Clamp(4 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 12));
}
