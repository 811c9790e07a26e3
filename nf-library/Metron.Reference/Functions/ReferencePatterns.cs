using System.Text;
using System.Text.RegularExpressions;
using Metron.NetworkFunctions.Dpi;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>
/// Patterns looked for one by one, regular expressions by .NET's engine on bytes as Latin-1. An expression with <c>$</c> is looked for when
/// the data has ended.
/// </summary>
internal sealed class ReferencePatterns(DpiConfiguration configuration)
{
    private readonly Dictionary<DpiPattern, Regex> _expressions = [];

    /// <summary>Whether a rule that denies matches.</summary>
    /// <param name="data">All that was carried.</param>
    /// <param name="fields">The packet.</param>
    /// <param name="port">The side that it comes from.</param>
    /// <param name="toServer">Whether it comes from the end that opened the flow; null when there is no flow.</param>
    /// <param name="hasEnded">Whether nothing can follow.</param>
    public bool Denies(byte[] data, IpFields fields, int port, bool? toServer, bool hasEnded) => data.Length > 0
        && configuration.Rules.Any(rule => rule.Denies
            && (rule.FromPort ?? port) == port
            && (rule.Direction != DpiDirection.ToServer || toServer != false)
            && (rule.Direction != DpiDirection.ToClient || toServer != true)
            && (rule.Matches.Count == 0 || rule.Matches.Any(match => RuleReading.Fits(match, fields)))
            && rule.Patterns.All(pattern => IsIn(pattern, data, hasEnded)));

    private bool IsIn(DpiPattern pattern, byte[] data, bool hasEnded)
    {
        var text = Encoding.Latin1.GetString(data);
        if (pattern.IsRegex)
        {
            return (hasEnded || !pattern.Text.Contains('$', StringComparison.Ordinal)) && Expression(pattern).IsMatch(text);
        }

        if (!DpiContent.TryParse(pattern.Text, out var bytes, out _))
        {
            return false;
        }

        var last = pattern.Depth == 0 ? text.Length : Math.Min(text.Length, pattern.Offset + pattern.Depth);
        return pattern.Offset < last && Matches(text[pattern.Offset..last], Encoding.Latin1.GetString(bytes), pattern.IgnoresCase);
    }

    private static bool Matches(string text, string content, bool ignoresCase) => ignoresCase
        ? Ascii(text).Contains(Ascii(content), StringComparison.Ordinal)
        : text.Contains(content, StringComparison.Ordinal);

    private static string Ascii(string text) => string.Concat(text.Select(letter => char.IsAsciiLetterUpper(letter) ? (char)(letter + 32) : letter));

    private Regex Expression(DpiPattern pattern)
    {
        if (!_expressions.TryGetValue(pattern, out var expression))
        {
            var options = RegexOptions.CultureInvariant
                | (pattern.IgnoresCase ? RegexOptions.IgnoreCase : RegexOptions.None)
                | (pattern.DotMatchesNewline ? RegexOptions.Singleline : RegexOptions.None)
                | (pattern.IsMultiline ? RegexOptions.Multiline : RegexOptions.None);
            _expressions[pattern] = expression = new Regex(pattern.Text, options, TimeSpan.FromSeconds(1));
        }

        return expression;
    }
}
