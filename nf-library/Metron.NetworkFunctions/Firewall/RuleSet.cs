using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>What the rules say about a packet.</summary>
/// <param name="Rule">Index of the rule that decided; -1 for the default.</param>
/// <param name="Allow">Whether the packet passes.</param>
/// <param name="HoldsForFlow">Whether they say the same about every later packet of its flow that no function is asked about.</param>
internal readonly record struct RuleDecision(int Rule, bool Allow, bool HoldsForFlow);

/// <summary>
/// First-match classifier. Up to 64 rules are compared one after the other; more go into a <see cref="TupleSpace"/> per IP version.
/// Immutable, shared by all workers.
/// </summary>
internal sealed class RuleSet
{
    private const int LinearLimit = 64;
    private readonly CompiledRule[] _rules;
    private readonly bool _allowByDefault;
    private readonly TupleSpace? _space4;
    private readonly TupleSpace? _space6;

    public RuleSet(IReadOnlyList<FirewallRule> rules, bool allowByDefault)
    {
        _rules = [.. rules.Select(rule => new CompiledRule(rule))];
        _allowByDefault = allowByDefault;
        if (rules.Count > LinearLimit)
        {
            _space4 = new TupleSpace(rules, false);
            _space6 = new TupleSpace(rules, true);
        }
    }

    /// <summary>Number of rules.</summary>
    public int Count => _rules.Length;

    /// <summary>Finds the first rule that matches.</summary>
    /// <param name="headers">The packet.</param>
    /// <param name="port">Port of the firewall that it enters by.</param>
    public RuleDecision Classify(in PacketHeaders headers, int port)
    {
        if ((headers.IsV6 ? _space6 : _space4) is not { } space)
        {
            return ClassifyLinear(in headers, port);
        }

        var rule = space.Find(_rules, in headers, port, out var firstFickle);
        return rule == int.MaxValue
            ? new RuleDecision(-1, _allowByDefault, firstFickle == int.MaxValue)
            : new RuleDecision(rule, _rules[rule].Allow, firstFickle > rule);
    }

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
}
