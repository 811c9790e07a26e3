using System.Buffers;
using System.Text.RegularExpressions;

namespace Metron.Mapping.Yaml;

/// <summary>What counts as a number without quotes.</summary>
public static partial class YamlNumbers
{
    /// <summary>Whether the text is an integer or float of YAML 1.2's core schema (10.3.2), which has all JSON numbers too.</summary>
    public static bool IsNumber(string text) => !text.AsSpan().ContainsAnyExcept(OfNumbers) && Number().IsMatch(text);

    // Most text has something else, such as the colons and slashes of addresses, and need not be matched.
    private static readonly SearchValues<char> OfNumbers = SearchValues.Create("0123456789+-.abcdefinoxABCDEFINO");

    private const string Integer = "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+";
    private const string Float = @"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)";

    [GeneratedRegex($"^({Integer}|{Float})$", RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
