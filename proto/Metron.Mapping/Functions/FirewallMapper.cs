using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.Firewall;

namespace Metron.Mapping.Functions;

/// <summary>Reads a firewall.</summary>
internal static class FirewallMapper
{
    /// <summary>Reads a firewall; rules with problems are read as far as they can be.</summary>
    public static FirewallConfiguration Map(string name, V1.Firewall firewall, SpecNode at)
    {
        Counts.Check(firewall.Rules.Count, 0, SpecLimits.FirewallRules, "rules", at);
        Enums.Check(firewall.DefaultAction, at, "defaultAction");
        if (Enums.Check(firewall.Fragments, at, "fragments") && firewall is { Stateful: true, Fragments: V1.FragmentPolicy.Pass })
        {
            at.Report("fragments", "PASS does not go with 'stateful: true': fragments have no ports to find a connection by");
        }

        return new FirewallConfiguration(name)
        {
            Rules = Rules(firewall, at),
            AllowByDefault = firewall.DefaultAction == V1.FirewallAction.Allow,
            Stateful = firewall.Stateful,
            PassFragments = firewall.Fragments == V1.FragmentPolicy.Pass,
            Timeouts = TimeoutMapper.Map(firewall.Timeouts, at),
        };
    }

    private static List<FirewallRule> Rules(V1.Firewall firewall, SpecNode at)
    {
        var names = new Dictionary<string, int>();
        var rules = new List<FirewallRule>(Math.Min(firewall.Rules.Count, SpecLimits.FirewallRules));
        for (var i = 0; i < Math.Min(firewall.Rules.Count, SpecLimits.FirewallRules); i++)
        {
            var rule = firewall.Rules[i];
            var ruleAt = at.Item("rules", i);
            Names.CheckUnique(rule.Name, i, names, "rules", "firewall", ruleAt);
            if (Enums.Check(rule.Action, ruleAt, "action") && rule.Action == V1.FirewallAction.Unspecified)
            {
                ruleAt.Report("action", "must be given: ALLOW or DENY");
            }

            Enums.Check(rule.From, ruleAt, "from");
            int? fromPort = rule.From switch { V1.Side.Inside => 0, V1.Side.Outside => 1, _ => null };
            var match = PacketMatchMapper.Map(rule.Match, ruleAt.Field("match"));
            rules.Add(new FirewallRule(rule.Name, match, rule.Action == V1.FirewallAction.Allow, fromPort));
        }

        return rules;
    }
}
