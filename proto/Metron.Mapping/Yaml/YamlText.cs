using System.Text;
using System.Text.Json;

namespace Metron.Mapping.Yaml;

/// <summary>Writes a JSON value as YAML in block style. Text stands without quotes only where YAML 1.1 and 1.2 both read it as text.</summary>
public static class YamlText
{
    private static readonly HashSet<string> NotText = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    };

    private static readonly JsonSerializerOptions Quoting = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The value as a document, with a final line feed.</summary>
    public static string Write(JsonElement value)
    {
        var text = new StringBuilder();
        if (IsBlock(value))
        {
            WriteBlock(text, value, depth: 0, continued: false);
        }
        else
        {
            text.Append(Inline(value)).Append('\n');
        }

        return text.ToString();
    }

    // Writes the lines of a mapping or list. When continued, the first line goes on behind a "- " that is written already.
    private static void WriteBlock(StringBuilder text, JsonElement value, int depth, bool continued)
    {
        var first = continued;
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
            {
                Indent(text, first ? 0 : depth).Append(Scalar(property.Name)).Append(':');
                WriteValue(text, property.Value, property.Value.ValueKind == JsonValueKind.Array ? depth : depth + 1);
                first = false;
            }

            return;
        }

        foreach (var item in value.EnumerateArray())
        {
            Indent(text, first ? 0 : depth).Append("- ");
            if (IsBlock(item))
            {
                WriteBlock(text, item, depth + 1, continued: true);
            }
            else
            {
                text.Append(Inline(item)).Append('\n');
            }

            first = false;
        }
    }

    private static void WriteValue(StringBuilder text, JsonElement value, int depth)
    {
        if (IsBlock(value))
        {
            text.Append('\n');
            WriteBlock(text, value, depth, continued: false);
        }
        else
        {
            text.Append(' ').Append(Inline(value)).Append('\n');
        }
    }

    private static bool IsBlock(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => false,
    };

    private static string Inline(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        JsonValueKind.String => Scalar(value.GetString()!),
        _ => value.GetRawText(),
    };

    private static string Scalar(string text) => IsPlain(text) ? text : JsonSerializer.Serialize(text, Quoting);

    // Letters and a few signs that mean nothing to YAML; times, MAC addresses and ports look like numbers to some readers.
    private static bool IsPlain(string text) =>
        !NotText.Contains(text)
        && char.IsAsciiLetter(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
        && !YamlNumbers.IsNumber(text);

    private static StringBuilder Indent(StringBuilder text, int depth) => text.Append(' ', depth * 2);
}
