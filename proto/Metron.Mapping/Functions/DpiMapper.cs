using Metron.Inspection;
using Metron.Mapping.Syntax;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Dpi;

namespace Metron.Mapping.Functions;

/// <summary>
/// Reads deep packet inspection. Regular expressions are checked by Vectorscan itself where it is installed; where it is not, the agent that
/// is to run them refuses wrong ones.
/// </summary>
internal static class DpiMapper
{
    private const int DefaultInspectedBytes = 65_536;
    private const int DefaultStreamMebibytes = 64;

    /// <summary>Reads a function; patterns with problems are left out.</summary>
    public static DpiConfiguration Map(string name, V1.Dpi dpi, SpecNode at)
    {
        Counts.Check(dpi.Rules.Count, 1, SpecLimits.DpiRules, "rules", at);
        Enums.Check(dpi.Mode, at, "mode");
        Enums.Check(dpi.FailMode, at, "failMode");
        var isLengthRead = Counts.CheckRange(dpi.InspectedBytes, 0, SpecLimits.InspectedBytes, at, "inspectedBytes", "; 0 for 65536");
        var isMemoryRead = Counts.CheckRange(dpi.StreamMebibytes, 0, SpecLimits.StreamMebibytes, at, "streamMebibytes", "; 0 for 64");
        return new DpiConfiguration(name)
        {
            Rules = Rules(dpi, at),
            IsStreaming = dpi.Mode != V1.DpiMode.Block,
            FailsClosed = dpi.FailMode == V1.FailMode.Closed,
            InspectedBytes = isLengthRead && dpi.InspectedBytes > 0 ? (int)dpi.InspectedBytes : DefaultInspectedBytes,
            StreamMebibytes = isMemoryRead && dpi.StreamMebibytes > 0 ? (int)dpi.StreamMebibytes : DefaultStreamMebibytes,
            Timeouts = TimeoutMapper.Map(dpi.Timeouts, at),
        };
    }

    private static List<DpiRule> Rules(V1.Dpi dpi, SpecNode at)
    {
        var names = new Dictionary<string, int>();
        var rules = new List<DpiRule>();
        for (var i = 0; i < Math.Min(dpi.Rules.Count, SpecLimits.DpiRules); i++)
        {
            rules.Add(Rule(dpi.Rules[i], i, names, at.Item("rules", i)));
        }

        return rules;
    }

    private static DpiRule Rule(V1.DpiRule rule, int index, Dictionary<string, int> names, SpecNode at)
    {
        CheckText(rule.Name, SpecLimits.NameLength, at, "name");
        if (rule.Name.Length > 0 && !names.TryAdd(rule.Name, index))
        {
            at.Report("name", $"{Text.Quote(rule.Name)} is the name of rules[{names[rule.Name]}] already; names are unique within a function");
        }

        CheckText(rule.Description, SpecLimits.DescriptionLength, at, "description");
        Enums.Check(rule.From, at, "from");
        Enums.Check(rule.Direction, at, "direction");
        if (Enums.Check(rule.Action, at, "action") && rule.Action == V1.DpiAction.Unspecified)
        {
            at.Report("action", "must be given: ALERT, DROP_FLOW or ALERT_AND_DROP_FLOW");
        }

        return new DpiRule(rule.Name, Patterns(rule, at))
        {
            Description = rule.Description,
            Matches = Matches(rule, at),
            FromPort = rule.From switch { V1.Side.Inside => 0, V1.Side.Outside => 1, _ => null },
            Direction = rule.Direction switch
            {
                V1.FlowDirection.ToServer => DpiDirection.ToServer,
                V1.FlowDirection.ToClient => DpiDirection.ToClient,
                _ => DpiDirection.Both,
            },
            Alerts = rule.Action != V1.DpiAction.DropFlow,
            Denies = rule.Action is V1.DpiAction.DropFlow or V1.DpiAction.AlertAndDropFlow,
        };
    }

    private static void CheckText(string text, int most, SpecNode at, string field)
    {
        if (text.Length > most)
        {
            at.Report(field, $"is {text.Length} characters long; at most {most} are allowed");
        }
        else if (Text.HasControl(text))
        {
            at.Report(field, $"{Text.Quote(text)} has control characters");
        }
    }

    private static List<PacketMatch> Matches(V1.DpiRule rule, SpecNode at)
    {
        Counts.Check(rule.Matches.Count, 0, SpecLimits.DpiMatches, "matches", at);
        var matches = new List<PacketMatch>();
        for (var i = 0; i < Math.Min(rule.Matches.Count, SpecLimits.DpiMatches); i++)
        {
            var matchAt = at.Item("matches", i);
            var match = PacketMatchMapper.Map(rule.Matches[i], matchAt);
            if (rule.Matches[i].TcpFlags.Length > 0)
            {
                matchAt.Report("tcpFlags", "is not for rules on what packets carry: they are about flows, whose packets have different flags");
            }

            if (rule.Matches[i].HasIcmpType || rule.Matches[i].HasIcmpCode)
            {
                matchAt.Report(
                    rule.Matches[i].HasIcmpType ? "icmpType" : "icmpCode",
                    "is not for rules on what packets carry: they are about flows, whose packets have different types");
            }

            matches.Add(match);
        }

        return matches;
    }

    private static List<DpiPattern> Patterns(V1.DpiRule rule, SpecNode at)
    {
        Counts.Check(rule.Patterns.Count, 1, DpiRule.MaximumPatterns, "patterns", at);
        var patterns = new List<DpiPattern>();
        for (var i = 0; i < Math.Min(rule.Patterns.Count, DpiRule.MaximumPatterns); i++)
        {
            var pattern = rule.Patterns[i];
            var patternAt = at.Item("patterns", i);
            if (pattern.Content.Length > 0 == pattern.Pcre.Length > 0)
            {
                patternAt.Report("must have either 'content' or 'pcre'");
                continue;
            }

            if (pattern.Pcre.Length > 0 ? IsRegexRight(pattern, patternAt) : IsContentRight(pattern, patternAt))
            {
                patterns.Add(new DpiPattern(pattern.Pcre.Length > 0 ? pattern.Pcre : pattern.Content, pattern.Pcre.Length > 0)
                {
                    IgnoresCase = pattern.Nocase,
                    DotMatchesNewline = pattern.Dotall,
                    IsMultiline = pattern.Multiline,
                    Offset = (int)pattern.Offset,
                    Depth = (int)pattern.Depth,
                });
            }
        }

        return patterns;
    }

    private static bool IsContentRight(V1.DpiPattern pattern, SpecNode at)
    {
        var before = at.Problems;
        foreach (var (isSet, field) in new[] { (pattern.Dotall, "dotall"), (pattern.Multiline, "multiline") })
        {
            if (isSet)
            {
                at.Report(field, "goes with 'pcre' only");
            }
        }

        Counts.CheckRange(pattern.Offset, 0, ushort.MaxValue, at, "offset");
        Counts.CheckRange(pattern.Depth, 0, ushort.MaxValue, at, "depth");
        if (!DpiContent.TryParse(pattern.Content, out var bytes, out var problem))
        {
            at.Report("content", $"{Text.Quote(pattern.Content)} {problem}");
        }
        else if (pattern.Depth != 0 && pattern.Depth < bytes.Length)
        {
            at.Report("depth", $"{pattern.Depth} is less than the {bytes.Length} bytes of the content; it could never match");
        }

        return at.Problems == before;
    }

    private static bool IsRegexRight(V1.DpiPattern pattern, SpecNode at)
    {
        var before = at.Problems;
        foreach (var (value, field) in new[] { (pattern.Offset, "offset"), (pattern.Depth, "depth") })
        {
            if (value != 0)
            {
                at.Report(field, "goes with 'content' only");
            }
        }

        if (pattern.Pcre.Contains('\0', StringComparison.Ordinal))
        {
            at.Report("pcre", "has a zero character; write \\x00");
        }
        else if (Vectorscan.IsAvailable && PatternDatabase.FindProblem(
            Pattern.Regex(0, pattern.Pcre, pattern.Nocase, pattern.Dotall, pattern.Multiline)) is { } problem)
        {
            at.Report("pcre", $"{Text.Quote(pattern.Pcre)} is not a regular expression that can be looked for: {problem}");
        }

        return at.Problems == before;
    }
}
