using System.Text;

namespace Metron.NetworkFunctions.Dpi.Suricata;

/// <summary>Takes a rule's options apart: <c>name; name:value; name:"value";</c></summary>
internal static class SuricataOptions
{
    /// <summary>Splits at semicolons outside of quotes.</summary>
    public static IEnumerable<(string Name, string Value)> Split(string options)
    {
        var option = new StringBuilder();
        var isQuoted = false;
        for (var at = 0; at < options.Length; at++)
        {
            var letter = options[at];
            if (letter == '\\' && at + 1 < options.Length)
            {
                option.Append(letter).Append(options[++at]);
                continue;
            }

            isQuoted ^= letter == '"';
            if (letter == ';' && !isQuoted)
            {
                yield return Take(option);
            }
            else
            {
                option.Append(letter);
            }
        }

        if (isQuoted)
        {
            throw new SuricataException("has a quote that is not closed");
        }

        if (option.ToString().Trim().Length > 0)
        {
            throw new SuricataException($"option '{option.ToString().Trim()}' does not end with a semicolon");
        }
    }

    /// <summary>What stands between the quotes.</summary>
    public static string Unquote(string name, string value) => value.Length >= 2 && value[0] == '"' && value[^1] == '"'
        ? value[1..^1]
        : throw new SuricataException($"'{name}' needs a value in quotes");

    private static (string Name, string Value) Take(StringBuilder option)
    {
        var text = option.ToString().Trim();
        option.Clear();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (text, "") : (text[..colon].Trim(), text[(colon + 1)..].Trim());
    }
}
