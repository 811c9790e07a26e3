using System.Text.Json;
using Google.Protobuf;
using Metron.Mapping.Yaml;

namespace Metron.Cli.Output;

/// <summary>Messages as JSON and YAML, one-to-one with the API's JSON mapping: what is printed can be applied again.</summary>
internal static class MessageText
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions OneLine = new(Indented) { WriteIndented = false };

    /// <summary>One message as indented JSON, with a final line feed.</summary>
    public static string Json(IMessage message)
    {
        using var document = JsonDocument.Parse(Formatter.Format(message));
        return JsonSerializer.Serialize(document.RootElement, Indented) + "\n";
    }

    /// <summary>Several messages as a JSON array, with a final line feed.</summary>
    public static string Json(IEnumerable<IMessage> messages)
    {
        using var document = JsonDocument.Parse($"[{string.Join(',', messages.Select(message => Formatter.Format(message)))}]");
        return JsonSerializer.Serialize(document.RootElement, Indented) + "\n";
    }

    /// <summary>One message as JSON on one line, with a final line feed.</summary>
    public static string JsonLine(IMessage message)
    {
        using var document = JsonDocument.Parse(Formatter.Format(message));
        return JsonSerializer.Serialize(document.RootElement, OneLine) + "\n";
    }

    /// <summary>One message as YAML, with a final line feed.</summary>
    public static string Yaml(IMessage message)
    {
        using var document = JsonDocument.Parse(Formatter.Format(message));
        return YamlText.Write(document.RootElement);
    }

    /// <summary>Several messages as YAML documents.</summary>
    public static string Yaml(IEnumerable<IMessage> messages) => string.Join("---\n", messages.Select(Yaml));
}
