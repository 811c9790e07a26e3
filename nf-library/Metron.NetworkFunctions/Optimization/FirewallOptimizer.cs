using Metron.NetworkFunctions.Declarations;
using Metron.NetworkFunctions.Firewall;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Optimization;

/// <summary>Leaves out firewall rules that have no effect.</summary>
internal static class FirewallOptimizer
{
    private const int BothSides = 3;

    /// <summary>The firewall without rules that are shadowed or redundant.</summary>
    /// <remarks>
    /// A redundant rule with a name stays when the default would decide its packets: it counts them under its name, which an operator may
    /// have written it for.
    /// </remarks>
    /// <param name="firewall">The firewall as written.</param>
    /// <param name="before">What an earlier version of it became, if that is known: the result is the same, and takes less time.</param>
    public static OptimizedFunction Optimize(FirewallConfiguration firewall, OptimizedFunction? before)
    {
        var rules = List(firewall, before?.Listing);
        var findings = RuleListOptimizer.Find(rules, Decision(firewall.AllowByDefault), null, before?.Listing?.Findings);
        return new OptimizedFunction(
            Without(firewall, findings.Needless.Where(needless => !CountsByName(firewall, needless)).Select(needless => needless.Rule).ToHashSet()),
            [.. findings.Needless.Take(OptimizedFunction.MostWarnings).Select(needless => Warning(firewall, needless))],
            findings.Needless.Count)
        {
            Listing = new FirewallListing(firewall.Rules, rules, findings),
        };
    }

    /// <summary>The rules as the search takes them: those of before where they match and say the same, whatever their names.</summary>
    private static ListedRule[] List(FirewallConfiguration firewall, FirewallListing? before)
    {
        var origins = before is null ? null : ListAlignment.Of(firewall.Rules, before.Written, SameDecision.Instance);
        var rules = new ListedRule[firewall.Rules.Count];
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = firewall.Rules[i];
            rules[i] = origins is not null && origins[i] >= 0
                ? before!.Rules[origins[i]]
                : new ListedRule(rule.Match.ToHeaderMatch().ToSpace(), Decision(rule.Allow), rule.FromPort is { } port ? 1 << port : BothSides);
        }

        return rules;
    }

    /// <summary>The firewall without rules that no packet comes to, because the chain takes or lets through others only.</summary>
    /// <param name="firewall">The firewall as written.</param>
    /// <param name="known">What was found in it already.</param>
    /// <param name="arrivals">For each port, at least the packets that can enter by it.</param>
    public static OptimizedFunction LeaveOutUnreachable(FirewallConfiguration firewall, OptimizedFunction known, IReadOnlyList<HeaderSpace> arrivals)
    {
        if (arrivals.All(IsEverything))
        {
            return known;
        }

        var kept = (FirewallConfiguration)known.Configuration;
        HashSet<int> left = [.. Enumerable.Range(0, kept.Rules.Count).Where(index => !CanMeet(kept.Rules[index], arrivals))];
        var warnings = left.Order().Take(OptimizedFunction.MostWarnings).Select(index => Unreachable(firewall, kept.Rules[index].NumberAt(index)));
        return left.Count == 0 ? known : new OptimizedFunction(
            Without(kept, left), [.. known.Warnings, .. warnings], known.WarningCount + left.Count);
    }

    private static bool IsEverything(HeaderSpace packets) =>
        packets.Cubes.Any(cube => cube.Covers(HeaderCube.AllV4)) && packets.Cubes.Any(cube => cube.Covers(HeaderCube.AllV6));

    private static bool CanMeet(FirewallRule rule, IReadOnlyList<HeaderSpace> arrivals)
    {
        var packets = rule.Match.ToHeaderMatch().ToSpace();
        return Enumerable.Range(0, arrivals.Count).Any(port => (rule.FromPort ?? port) == port && arrivals[port].Overlaps(packets));
    }

    private static FunctionWarning Unreachable(FirewallConfiguration firewall, int rule)
    {
        var from = firewall.Rules[rule].FromPort is { } side ? $" from its {firewall.Ports[side]}" : "";
        return new FunctionWarning(
            WarningCode.Unreachable,
            Field(rule),
            $"{Name(firewall, rule)} has no effect: none of the packets that it matches can come to {firewall.Name}{from}, "
            + "because endpoints do not take them or functions before it do not let them through; it was left out",
            "");
    }

    private static int Decision(bool allow) => allow ? FirewallDeclaration.Allow : FirewallDeclaration.Deny;

    private static FirewallConfiguration Without(FirewallConfiguration firewall, HashSet<int> left) => left.Count == 0 ? firewall : firewall with
    {
        Rules =
        [
            .. firewall.Rules
                .Select((rule, index) => (rule, index))
                .Where(pair => !left.Contains(pair.index))
                .Select(pair => pair.rule with { Position = pair.rule.NumberAt(pair.index) }),
        ],
    };

    private static bool CountsByName(FirewallConfiguration firewall, NeedlessRule needless) =>
        needless.Kind == NeedlessRuleKind.Redundant && needless.Others.Contains(-1) && firewall.Rules[needless.Rule].Name.Length > 0;

    private static FunctionWarning Warning(FirewallConfiguration firewall, NeedlessRule needless)
    {
        var name = Name(firewall, needless.Rule);
        var related = needless.Others.FirstOrDefault(other => other >= 0, -1);
        var (code, message) = needless.Kind switch
        {
            NeedlessRuleKind.Shadowed => (WarningCode.Shadowed, $"no packet comes to {name}: {Shadowing(firewall, needless)}; it was left out"),
            NeedlessRuleKind.Empty => (WarningCode.Unreachable, $"{name} matches no packet: its conditions contradict each other; it was left out"),
            _ => (WarningCode.Redundant, $"{name} changes nothing: without it, its packets are {Verb(firewall.Rules[needless.Rule].Allow)} by "
                + $"{Names(firewall, needless.Others)} all the same; "
                + (CountsByName(firewall, needless) ? "it was kept, as it counts its packets under its name" : "it was left out, and they count there")),
        };
        return new FunctionWarning(code, Field(needless.Rule), message, related < 0 ? "" : Field(related));
    }

    private static string Shadowing(FirewallConfiguration firewall, NeedlessRule needless)
    {
        var allow = firewall.Rules[needless.Rule].Allow;
        var (match, says) = needless.Others.Count == 1
            ? ("matches all that it matches", needless.Contradicts != allow ? "allows" : "denies")
            : ("together match all that it matches", needless.Contradicts ? "some of them decide otherwise" : "decide alike");
        var what = needless.Others.Count == 1 ? $"and {says} it{(needless.Contradicts ? "" : " as well")}" : $"and {says}";
        return $"{Names(firewall, needless.Others)} before it {match}, {what}"
            + (needless.Contradicts ? $", while it {(allow ? "allows" : "denies")}: likely a mistake in their order" : "");
    }

    private static string Verb(bool allow) => allow ? "allowed" : "denied";

    private static string Names(FirewallConfiguration firewall, IReadOnlyList<int> rules)
    {
        const int most = 3;
        var names = rules.Take(most).Select(rule => Name(firewall, rule)).ToList();
        return rules.Count > most ? $"{string.Join(", ", names)} and {rules.Count - most} more"
            : names.Count == 1 ? names[0]
            : $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }

    private static string Name(FirewallConfiguration firewall, int rule) =>
        rule < 0 ? "the default"
        : firewall.Rules[rule].Name is { Length: > 0 } name ? $"rule \"{name}\" ({Field(firewall.Rules[rule].NumberAt(rule))})"
        : Field(firewall.Rules[rule].NumberAt(rule));

    private static string Field(int rule) => $"rules[{rule}]";

    private sealed class SameDecision : IEqualityComparer<FirewallRule>
    {
        public static SameDecision Instance { get; } = new();

        public bool Equals(FirewallRule? x, FirewallRule? y) =>
            ReferenceEquals(x, y) || (x is not null && y is not null && x.Allow == y.Allow && x.FromPort == y.FromPort && x.Match == y.Match);

        public int GetHashCode(FirewallRule obj) => HashCode.Combine(obj.Allow, obj.FromPort, obj.Match);
    }
}

/// <summary>How the rules of a firewall were looked into, for its next version.</summary>
/// <param name="Written">The rules as written.</param>
/// <param name="Rules">The same as the search takes them.</param>
/// <param name="Findings">What was found.</param>
internal sealed record FirewallListing(IReadOnlyList<FirewallRule> Written, IReadOnlyList<ListedRule> Rules, RuleListFindings Findings);
