using Metron.Inspection;

namespace Metron.NetworkFunctions.Dpi.Suricata;

/// <summary>
/// Reads rules of Suricata and Snort (version 2 syntax) that look for contents and regular expressions in payloads. What cannot be expressed is
/// refused by line and reason, never approximated.
/// </summary>
public static class SuricataImporter
{
    /// <summary>Reads a file of rules.</summary>
    /// <param name="text">The file. Lines that begin with # and empty ones are passed over; a backslash at a line's end continues it.</param>
    /// <param name="variables">Values of variables, without $: "HOME_NET" → "[10.0.0.0/8,fd00::/8]".</param>
    /// <returns>The rules that can be expressed, and why the others cannot.</returns>
    public static SuricataImport Import(string text, IReadOnlyDictionary<string, string>? variables = null)
    {
        var rules = new List<DpiRule>();
        var refusals = new List<SuricataRefusal>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (number, line) in Lines(text))
        {
            try
            {
                var rule = new SuricataRule(line, variables ?? new Dictionary<string, string>()).Read();
                CheckPatterns(rule);
                if (!lines.TryAdd(rule.Name, number))
                {
                    throw new SuricataException($"the sid is that of line {lines[rule.Name]} already");
                }

                rules.Add(rule);
            }
            catch (SuricataException exception)
            {
                refusals.Add(new SuricataRefusal(number, exception.Message));
            }
        }

        return new SuricataImport(rules, refusals);
    }

    private static IEnumerable<(int Number, string Line)> Lines(string text)
    {
        var (begun, start) = ("", 0);
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (begun.Length == 0 && (line.Length == 0 || line[0] == '#'))
            {
                continue;
            }

            start = begun.Length == 0 ? number : start;
            if (line.EndsWith('\\'))
            {
                begun += line[..^1] + " ";
                continue;
            }

            yield return (start, begun + line);
            begun = "";
        }

        if (begun.Length > 0)
        {
            yield return (start, begun);
        }
    }

    private static void CheckPatterns(DpiRule rule)
    {
        if (rule.Patterns.Count is 0 or > DpiRule.MaximumPatterns)
        {
            throw new SuricataException(rule.Patterns.Count == 0
                ? "looks for no content and no pcre"
                : $"has {rule.Patterns.Count} independent contents; at most {DpiRule.MaximumPatterns} are possible");
        }

        foreach (var pattern in rule.Patterns.Where(_ => Vectorscan.IsAvailable))
        {
            if (PatternDatabase.FindProblem(InspectionRules.ToPattern(pattern, 0)) is { } problem)
            {
                throw new SuricataException($"'{pattern.Text}' cannot be looked for: {problem}");
            }
        }
    }
}

/// <summary>What became of a file of rules.</summary>
/// <param name="Rules">Rules that can be expressed, named "sid-N".</param>
/// <param name="Refusals">The others, by line.</param>
public sealed record SuricataImport(IReadOnlyList<DpiRule> Rules, IReadOnlyList<SuricataRefusal> Refusals);

/// <summary>A rule that cannot be expressed.</summary>
/// <param name="Line">Line where it begins, from 1.</param>
/// <param name="Reason">Why.</param>
public sealed record SuricataRefusal(int Line, string Reason);

/// <summary>Says why a rule is refused.</summary>
internal sealed class SuricataException(string message) : Exception(message);
