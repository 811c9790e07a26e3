using System.Globalization;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Import.Filters;

/// <summary>Writes a list of rules as a firewall of Metron.</summary>
internal static class FirewallWriter
{
    private const int LongestName = 63; // of the API

    /// <summary>The firewall; null when something cannot be expressed, which is reported.</summary>
    /// <param name="name">Name of the function.</param>
    /// <param name="rules">The rules; packets that none of them matches are denied.</param>
    /// <param name="stateful">Whether connections are remembered.</param>
    /// <param name="log">Takes the problems.</param>
    public static FirewallConfiguration? Write(string name, IReadOnlyList<FlatRule> rules, bool stateful, ImportLog log)
    {
        var allowByDefault = AllowsTheRest(rules, out _);
        AllowsTheRest(ExceptionsFirst.Apply(rules, allowByDefault), out var kept);
        var names = new RuleNames();
        List<FirewallRule> written = [];
        foreach (var group in Merge(kept))
        {
            if (MatchWriter.Write(group.Packets, out var why) is not { } matches)
            {
                log.Problem(group.At, $"cannot be expressed: {why}");
                continue;
            }

            int? from = group.Packets.Sides switch { Sides.Inside => 0, Sides.Outside => 1, _ => null };
            written.AddRange(matches.Select(match => new FirewallRule(names.Next(group), match, group.Allow, from)));
            if (written.Count > ChainFlattener.MostRules)
            {
                log.Problem(group.At, $"up to here there are more than {ChainFlattener.MostRules:N0} rules, the most that a firewall has; simplify them");
                return null;
            }
        }

        return log.HasProblems ? null : new FirewallConfiguration(name) { Rules = written, AllowByDefault = allowByDefault, Stateful = stateful };
    }

    // What is denied last is denied by default; what policies allow for all packets is allowed by default.
    private static bool AllowsTheRest(IReadOnlyList<FlatRule> rules, out List<FlatRule> kept)
    {
        var policies = rules.Where(rule => rule.IsPolicy).Select(rule => rule.Packets).ToList();
        if (policies.Count > 0 && rules.Where(rule => rule.IsPolicy).All(rule => rule.Allow)
            && PacketBoxes.Subtract([PacketBox.All], policies, policies.Count * 8).Count == 0)
        {
            kept = [.. rules.Where(rule => !rule.IsPolicy)];
            return true;
        }

        kept = [.. rules.Where((rule, index) => rule is not { IsPolicy: true, Allow: false }
            || rules.Skip(index + 1).Any(later => later.Allow && later.Packets.Intersect(rule.Packets) is not null))];
        return false;
    }

    /// <summary>One rule for both IP versions or sides, where neighbours differ in nothing else and come from the same place.</summary>
    private static List<FlatRule> Merge(List<FlatRule> rules)
    {
        List<FlatRule> merged = [];
        foreach (var rule in rules)
        {
            if (merged.Count > 0 && merged[^1] is var before && before.Allow == rule.Allow && before.At == rule.At && before.Label == rule.Label
                && Joined(before.Packets, rule.Packets) is { } joined)
            {
                merged[^1] = before with { Packets = joined };
            }
            else
            {
                merged.Add(rule);
            }
        }

        return merged;
    }

    private static PacketBox? Joined(PacketBox left, PacketBox right) =>
        left with { Versions = right.Versions } == right && left is { Source: null, Destination: null, IcmpType: null }
            ? left with { Versions = left.Versions | right.Versions }
            : left with { Sides = right.Sides } == right ? left with { Sides = left.Sides | right.Sides } : null;

    /// <summary>Names of rules: unique, at most 63 characters, without control characters.</summary>
    private sealed class RuleNames
    {
        private readonly HashSet<string> _taken = [];
        private readonly Dictionary<string, int> _next = [];

        public string Next(FlatRule rule)
        {
            var wanted = Clean(rule.IsPolicy ? "policy" : rule.Label);
            wanted = wanted.Length > 0 ? wanted : string.Create(CultureInfo.InvariantCulture, $"line {rule.At.Line}");
            var name = Shortened(wanted, string.Empty);
            while (!_taken.Add(name))
            {
                var number = _next[wanted] = _next.GetValueOrDefault(wanted, 1) + 1;
                name = Shortened(wanted, string.Create(CultureInfo.InvariantCulture, $" #{number}"));
            }

            return name;
        }

        private static string Clean(string text) =>
            new([.. text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c) && c is not ('\u2028' or '\u2029'))]);

        private static string Shortened(string text, string end) => text[..Math.Min(text.Length, LongestName - end.Length)] + end;
    }
}
