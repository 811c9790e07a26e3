using Metron.Generators;
using Metron.NetworkFunctions.Firewall;
using Metron.Packets;

namespace Metron.Bench.Lookup;

/// <summary>Classifiers over the same packets. Each answers with the rule's index, -1 for none.</summary>
internal static class RuleAnswers
{
    /// <summary>The firewall's own; DPDK's rte_acl (IPv4 only).</summary>
    public static IReadOnlyList<string> Contenders(bool isV6, int rules) =>
    [
        "tuples", "trees", .. rules <= 1000 ? ["in-order"] : Array.Empty<string>(), .. isV6 ? Array.Empty<string>() : ["rte-acl", "rte-acl-single"],
    ];

    /// <summary>Builds a classifier.</summary>
    public static Func<PacketHeaders[], IAnswers> Build(string contender, IReadOnlyList<GeneratedRule> rules, IReadOnlyList<FirewallRule> forFirewall)
    {
        switch (contender)
        {
            case "rte-acl" or "rte-acl-single":
                var list = new AccessList(rules);
                return packets => list.Ask(packets, contender == "rte-acl" ? 32 : 1);
            default:
                var set = new RuleSet(forFirewall, false, contender switch
                {
                    "trees" => RuleSearch.Trees,
                    "tuples" => RuleSearch.Tuples,
                    _ => RuleSearch.InOrder,
                });
                return packets => new Classified(set, packets);
        }
    }

    private sealed class Classified(RuleSet rules, PacketHeaders[] packets) : IAnswers
    {
        public int Questions => packets.Length;

        public void Answer(int first, Span<int> answers)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = rules.Classify(in packets[first + i], 0).Rule;
            }
        }

        public void AnswerBurst(int first, Span<int> answers) => Answer(first, answers);
    }
}
