using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>What the rules say about a packet.</summary>
/// <param name="Rule">Index of the rule that decided; -1 for the default.</param>
/// <param name="Allow">Whether the packet passes.</param>
/// <param name="HoldsForFlow">Whether they say the same about every later packet of its flow that no function is asked about.</param>
internal readonly record struct RuleDecision(int Rule, bool Allow, bool HoldsForFlow);

/// <summary>
/// First-match classifier. Immutable, shared by all workers. Up to 64 rules are compared one after the other; more go into a tuple space
/// (Srinivasan, Suri and Varghese, SIGCOMM 1999): one hash table per combination of prefix lengths and exactly given fields, visited in the order
/// of the first rule each holds, until no table left can hold an earlier rule than the one found. Conditions that a hash cannot express
/// (negation, ranges, flags, sides) are compared at the candidates, of which rules that differ in nothing else form a list.
/// </summary>
internal sealed class RuleSet
{
    private const int LinearLimit = 64;
    private readonly CompiledRule[] _rules;
    private readonly bool _allowByDefault;
    private readonly RuleTuple[] _tuples4;
    private readonly RuleTuple[] _tuples6;

    public RuleSet(IReadOnlyList<FirewallRule> rules, bool allowByDefault)
    {
        _rules = [.. rules.Select(rule => new CompiledRule(rule))];
        _allowByDefault = allowByDefault;
        (_tuples4, _tuples6) = rules.Count <= LinearLimit ? ([], []) : (RuleTuple.Build(rules, false), RuleTuple.Build(rules, true));
    }

    /// <summary>Number of rules.</summary>
    public int Count => _rules.Length;

    /// <summary>Finds the first rule that matches.</summary>
    /// <param name="headers">The packet.</param>
    /// <param name="port">Port of the firewall that it enters by.</param>
    public RuleDecision Classify(in PacketHeaders headers, int port) =>
        _rules.Length <= LinearLimit ? ClassifyLinear(in headers, port) : ClassifyTuples(headers.IsV6 ? _tuples6 : _tuples4, in headers, port);

    /// <summary>Classifies without the tuple space.</summary>
    internal RuleDecision ClassifyLinear(in PacketHeaders headers, int port)
    {
        var holds = true;
        for (var index = 0; index < _rules.Length; index++)
        {
            ref readonly var rule = ref _rules[index];
            if (!rule.MatchesFlow(in headers, port))
            {
                continue;
            }

            if (rule.LooksBeyondFlow)
            {
                holds &= !rule.MayChangeItsMind(in headers);
                if (!rule.MatchesBeyondFlow(in headers))
                {
                    continue;
                }
            }

            return new RuleDecision(index, rule.Allow, holds);
        }

        return new RuleDecision(-1, _allowByDefault, holds);
    }

    private RuleDecision ClassifyTuples(RuleTuple[] tuples, in PacketHeaders headers, int port)
    {
        var best = int.MaxValue;
        var firstFickle = int.MaxValue; // the first rule that fits the flow and may decide otherwise later
        foreach (var tuple in tuples)
        {
            if (tuple.FirstRule > best)
            {
                break;
            }

            for (var entry = tuple.FirstEntry(in headers); entry >= 0; entry = tuple.NextEntry(entry))
            {
                var index = tuple.Rule(entry);
                if (index > best)
                {
                    break;
                }

                ref readonly var rule = ref _rules[index];
                if (!rule.MatchesFlow(in headers, port))
                {
                    continue;
                }

                if (rule.LooksBeyondFlow)
                {
                    firstFickle = rule.MayChangeItsMind(in headers) ? Math.Min(firstFickle, index) : firstFickle;
                    if (!rule.MatchesBeyondFlow(in headers))
                    {
                        continue;
                    }
                }

                best = index;
                break;
            }
        }

        return best == int.MaxValue
            ? new RuleDecision(-1, _allowByDefault, firstFickle == int.MaxValue)
            : new RuleDecision(best, _rules[best].Allow, firstFickle > best);
    }
}
