using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>The report as JSON; docs/switch-check.md describes it.</summary>
public static class ReportJson
{
    private static readonly JsonWriterOptions _options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The report as one JSON object.</summary>
    public static string Of(ProbeReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, _options))
        {
            Write(writer, report);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter writer, ProbeReport report)
    {
        writer.WriteStartObject();
        writer.WriteString("address", report.Address);
        writer.WriteString("started", ReportWords.Time(report.Started));
        writer.WriteString("summary", ReportWords.Summary(report));
        if (report.Identity is { } identity)
        {
            writer.WriteStartObject("switch");
            writer.WriteString("datapathId", $"{identity.DatapathId:x16}");
            writer.WriteString("description", identity.Description);
            writer.WriteNumber("tables", identity.TableCount);
            WriteTexts(writer, "ports", identity.Ports);
            writer.WriteEndObject();
        }

        WriteList(writer, "greetings", report.Greetings, WriteGreeting);
        WriteList(writer, "findings", report.Findings, WriteFinding);
        WriteList(writer, "tables", report.Tables, WriteTable);
        if (report.Profile is { } profile)
        {
            writer.WritePropertyName("profile");
            using var document = JsonDocument.Parse(SwitchProfileJson.Write(profile));
            document.RootElement.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    private static void WriteGreeting(Utf8JsonWriter writer, Greeting greeting)
    {
        writer.WriteString("attempt", greeting.Attempt);
        writer.WriteString("version", greeting.Version?.ToDotted());
        writer.WriteString("said", greeting.Said);
    }

    private static void WriteFinding(Utf8JsonWriter writer, Finding finding)
    {
        writer.WriteString("id", finding.Id);
        writer.WriteString("feature", finding.Feature);
        writer.WriteString("verdict", Camel(finding.Verdict));
        writer.WriteString("observed", finding.Observed);
        writer.WriteString("consequence", finding.Consequence);
        WriteTexts(writer, "details", finding.Details);
    }

    private static void WriteTable(Utf8JsonWriter writer, TableFacts table)
    {
        writer.WriteNumber("number", table.Number);
        writer.WriteString("guard", table.Guard);
        WriteNumber(writer, "claimed", table.Claimed);
        WriteNumber(writer, "capacity", table.Capacity);
        writer.WriteBoolean("sameFieldsOnly", table.SameFieldsOnly);
        WriteList(writer, "match", table.Fields, static (writer, field) =>
        {
            writer.WriteString("field", field.Field.Name);
            writer.WriteString("masks", field.Masks is { } masks ? Camel(masks) : null);
            writer.WriteString("said", field.Said);
        });
        WriteList(writer, "actions", table.Attempts, static (writer, attempt) =>
        {
            writer.WriteString("action", attempt.Name);
            writer.WriteBoolean("works", attempt.Works);
            writer.WriteString("said", attempt.Said);
        });
        writer.WriteStartArray("next");
        foreach (var next in table.Next)
        {
            writer.WriteNumberValue(next);
        }

        writer.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, EquatableArray<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    private static void WriteList<T>(Utf8JsonWriter writer, string name, EquatableArray<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            write(writer, item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static string Camel<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
