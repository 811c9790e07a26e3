using System.Text.Json;
using System.Text.Json.Nodes;
using Metron.Cli.Output;

namespace Metron.Cli.Trace;

/// <summary>A packet's way, for people and for programs.</summary>
internal static class TraceReport
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>For people.</summary>
    public static string Text(PacketTrace trace)
    {
        var steps = new Table("STEP", "WHERE", "WHAT", "SOURCE");
        foreach (var (step, number) in trace.Steps.Select((step, index) => (step, index + 1)))
        {
            steps.Add(Output.Text.Number(number), step.Where, step.What, trace.Source.Of(step.Path));
        }

        return new Report()
            .Field("Packet", PacketText.Of(trace.Frame))
            .Field("Result", trace.Egress is { } egress ? $"leaves by {egress}" : $"dropped: {trace.DropReason}")
            .Field("Traffic class", trace.Class is { } traffic ? $"{traffic.Id}: {string.Join(" | ", traffic.Path)}" : "none")
            .Field("As written", trace.Difference ?? "the same")
            .Section("Steps", steps)
            .ToString();
    }

    /// <summary>For programs, with a final line feed.</summary>
    public static string Json(PacketTrace trace) => new JsonObject
    {
        ["packet"] = PacketText.Of(trace.Frame),
        ["frame"] = Convert.ToHexStringLower(trace.Frame),
        ["egress"] = trace.Egress,
        ["sent"] = trace.Sent is { } sent ? Convert.ToHexStringLower(sent) : null,
        ["dropReason"] = trace.DropReason,
        ["worker"] = trace.Worker < 0 ? null : trace.Worker,
        ["trafficClass"] = trace.Class?.Id,
        ["difference"] = trace.Difference,
        ["steps"] = new JsonArray(
        [
            .. trace.Steps.Select(step => new JsonObject
            {
                ["where"] = step.Where,
                ["what"] = step.What,
                ["path"] = step.Path.Length == 0 ? null : step.Path,
                ["source"] = step.Path.Length == 0 ? null : trace.Source.Of(step.Path),
            }),
        ]),
    }.ToJsonString(Indented) + "\n";
}
