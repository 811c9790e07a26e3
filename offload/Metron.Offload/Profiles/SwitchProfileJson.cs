using System.Text;
using System.Text.Json;

namespace Metron.Offload;

/// <summary>Reads and writes profiles as JSON; docs/switches.md describes the format.</summary>
public static class SwitchProfileJson
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads a profile. Every problem is told, not only the first.</summary>
    /// <param name="json">A JSON object; comments and trailing commas are accepted.</param>
    public static ProfileReading Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            var reader = new ProfileReader();
            var profile = reader.Read(document.RootElement);
            return reader.Problems.Count == 0 ? new ProfileReading(profile, []) : new ProfileReading(null, reader.Problems);
        }
        catch (JsonException broken)
        {
            var place = broken.LineNumber is { } line ? $"line {line + 1}, byte {broken.BytePositionInLine + 1}" : "";
            return new ProfileReading(null, [new ProfileProblem(place, "", $"is not JSON: {broken.Message}")]);
        }
    }

    /// <summary>Reads a profile.</summary>
    /// <exception cref="FormatException">It has problems; the message tells all of them, one on each line.</exception>
    public static SwitchProfile Parse(string json)
    {
        var reading = Read(json);
        return reading.Profile ?? throw new FormatException(string.Join('\n', reading.Problems));
    }

    /// <summary>Writes a profile, indented, everything that is not as Open vSwitch has it; <see cref="Read"/> gives an equal one.</summary>
    public static string Write(SwitchProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            ProfileWriter.Write(writer, profile);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}

/// <summary>A profile that was read, or what is wrong with it.</summary>
/// <param name="Profile">The profile; null when there are problems.</param>
/// <param name="Problems">Everything that is wrong; none when there is a profile.</param>
public sealed record ProfileReading(SwitchProfile? Profile, IReadOnlyList<ProfileProblem> Problems);

/// <summary>Something wrong in a profile.</summary>
/// <param name="Path">Where, in JSON names: <c>tables[0].match.ip_src</c>; line and column where it is no JSON at all; empty for the whole.</param>
/// <param name="Value">What stands there, as JSON; empty when nothing does.</param>
/// <param name="Message">What is wrong with it and what would be right, to be read behind path and value: "must be one of …".</param>
public sealed record ProfileProblem(string Path, string Value, string Message)
{
    /// <summary>"tables[0].match.ip_src is "prefx", must be one of exact, prefix, any" in one line.</summary>
    public override string ToString() =>
        $"{(Path.Length == 0 ? "the profile" : Path)}{(Value.Length == 0 ? "" : $" is {Value},")} {Message}";
}
