using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>What the rules say about a packet.</summary>
/// <param name="Rule">Index of the rule that decided; -1 for the default.</param>
/// <param name="Allow">Whether the packet passes.</param>
/// <param name="HoldsForFlow">Whether they say the same about every later packet of its flow that no function is asked about.</param>
internal readonly record struct RuleDecision(int Rule, bool Allow, bool HoldsForFlow);

/// <summary>How a <see cref="RuleSet"/> finds rules.</summary>
internal enum RuleSearch
{
    /// <summary>As its size and shape suggest.</summary>
    BySize,

    /// <summary>One rule after the other.</summary>
    InOrder,

    /// <summary>By <see cref="RuleTrees"/>, as far as there can be any.</summary>
    Trees,

    /// <summary>By <see cref="TupleSpace"/>.</summary>
    Tuples,
}

/// <summary>
/// First-match classifier. Very few rules are compared one after the other; more are found by <see cref="RuleTrees"/>, or by a
/// <see cref="TupleSpace"/> where cuts do not tell them apart; per IP version. Immutable, shared by all workers.
/// </summary>
internal sealed class RuleSet
{
    /// <summary>Most rules that are compared one after the other.</summary>
    private const int LinearLimit = 8;

    private readonly CompiledRule[] _rules;
    private readonly bool _allowByDefault;
    private readonly RuleTrees? _trees4;
    private readonly RuleTrees? _trees6;
    private readonly TupleSpace? _space4;
    private readonly TupleSpace? _space6;

    public RuleSet(IReadOnlyList<FirewallRule> rules, bool allowByDefault, RuleSearch search = RuleSearch.BySize)
    {
        _rules = [.. rules.Select(rule => new CompiledRule(rule))];
        _allowByDefault = allowByDefault;
        if (search == RuleSearch.InOrder || (search == RuleSearch.BySize && rules.Count <= LinearLimit))
        {
            return;
        }

        _trees4 = search == RuleSearch.Tuples ? null : RuleTrees.TryBuild(rules, false);
        _trees6 = search == RuleSearch.Tuples ? null : RuleTrees.TryBuild(rules, true);
        _space4 = _trees4 is null ? new TupleSpace(rules, false) : null;
        _space6 = _trees6 is null ? new TupleSpace(rules, true) : null;
    }

    /// <summary>Number of rules.</summary>
    public int Count => _rules.Length;

    /// <summary>Finds the first rule that matches.</summary>
    /// <param name="headers">The packet.</param>
    /// <param name="port">Port of the firewall that it enters by.</param>
    public RuleDecision Classify(in PacketHeaders headers, int port)
    {
        int firstFickle;
        int rule;
        if ((headers.IsV6 ? _trees6 : _trees4) is { } trees)
        {
            rule = trees.Find(_rules, in headers, port, out firstFickle);
        }
        else if ((headers.IsV6 ? _space6 : _space4) is { } space)
        {
            rule = space.Find(_rules, in headers, port, out firstFickle);
        }
        else
        {
            return ClassifyLinear(in headers, port);
        }

        return rule == int.MaxValue
            ? new RuleDecision(-1, _allowByDefault, firstFickle == int.MaxValue)
            : new RuleDecision(rule, _rules[rule].Allow, firstFickle > rule);
    }

    private RuleDecision ClassifyLinear(in PacketHeaders headers, int port)
    {
        var holds = true;
        for (var index = 0; index < _rules.Length; index++)
        {
            if (Decides(in _rules[index], in headers, port, ref holds))
            {
                return new RuleDecision(index, _rules[index].Allow, holds);
            }
        }

        return new RuleDecision(-1, _allowByDefault, holds);
    }

    /// <summary>Whether a rule matches the packet.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="headers">The packet.</param>
    /// <param name="port">Port of the firewall that it enters by.</param>
    /// <param name="holds">Becomes false when the rule may answer otherwise for later packets of the flow.</param>
    private static bool Decides(in CompiledRule rule, in PacketHeaders headers, int port, ref bool holds)
    {
        if (!rule.MatchesFlow(in headers, port))
        {
            return false;
        }

        if (!rule.LooksBeyondFlow)
        {
            return true;
        }

        holds &= !rule.MayChangeItsMind(in headers);
        return rule.MatchesBeyondFlow(in headers);
    }
}
