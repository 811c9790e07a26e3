using System.Runtime.Intrinsics;
using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>
/// The rules for one IP version in decision trees: each node cuts one field into equal parts (HiCuts; Gupta and McKeown, 1999) below the bits
/// that all of its rules share, and a leaf lists a few rules in their order. One tree for each kind of rule, those with a
/// long source, a long destination, both, neither, so that few rules lie in many parts (CutSplit; Li et al., INFOCOM 2018). Immutable, shared
/// by all workers.
/// </summary>
/// <remarks>A packet outside the shared bits comes to some leaf, too: none of its rules hold it, which their boxes tell.</remarks>
internal sealed class RuleTrees
{
    private readonly RuleNode[] _nodes;
    private readonly int[] _items;
    private readonly RuleBox[] _boxes; // by rule
    private readonly bool[] _isPlain;  // by rule: the box says all
    private readonly int[] _roots;
    private readonly int[] _firstRules;

    private RuleTrees(RuleTreeBuilder builder, RuleBox[] boxes, bool[] isPlain, List<int[]> kinds, bool isV6)
    {
        (_boxes, _isPlain) = (boxes, isPlain);
        _roots = [.. kinds.Select(kind => builder.Grow(kind, RuleBox.All(isV6)))];
        _firstRules = [.. kinds.Select(kind => kind[0])];
        (_nodes, _items) = ([.. builder.Nodes], [.. builder.Items]);
    }

    /// <summary>Makes the trees for an IP version.</summary>
    /// <param name="rules">All rules, also those that cannot match packets of the version.</param>
    /// <param name="isV6">Whether for IPv6.</param>
    /// <returns>Null when cuts do not tell the rules apart: too many of them lie in too many parts.</returns>
    public static RuleTrees? TryBuild(IReadOnlyList<FirewallRule> rules, bool isV6)
    {
        var boxes = rules.Select(rule => RuleBox.Of(rule.Match, isV6)).ToArray();
        var isPlain = rules.Select(rule => IsPlain(rule, isV6)).ToArray();
        var kinds = Enumerable.Range(0, rules.Count)
            .Where(rule => TupleShape.CanMatch(rules[rule].Match, isV6))
            .GroupBy(rule => (IsLong(rules[rule].Match.Source, isV6), IsLong(rules[rule].Match.Destination, isV6)))
            .Select(kind => kind.ToArray())
            .OrderBy(kind => kind[0])
            .ToList();
        var builder = new RuleTreeBuilder(boxes, isPlain, RuleBox.UsedLanes(isV6));
        var trees = new RuleTrees(builder, boxes, isPlain, kinds, isV6);
        return builder.IsGivenUp ? null : trees;
    }

    /// <summary>Finds the first rule that matches.</summary>
    /// <param name="rules">All rules.</param>
    /// <param name="headers">The packet.</param>
    /// <param name="port">Port of the firewall that it enters by.</param>
    /// <param name="firstFickle">The first rule that fits the flow and may decide otherwise later; right up to the result.</param>
    /// <returns>Its index; <see cref="int.MaxValue"/> when there is none.</returns>
    public int Find(CompiledRule[] rules, in PacketHeaders headers, int port, out int firstFickle)
    {
        Span<uint> key = stackalloc uint[RuleBox.Lanes];
        RuleBox.WriteKey(in headers, key);
        var best = int.MaxValue;
        firstFickle = int.MaxValue;
        for (var tree = 0; tree < _roots.Length && _firstRules[tree] < best; tree++)
        {
            ref readonly var node = ref _nodes[_roots[tree]];
            while (node.Lane >= 0)
            {
                node = ref _nodes[_items[node.Items + (int)((key[node.Lane] >> node.Shift) & (uint)(node.Count - 1))]];
            }

            var lanes = Vector512.Create((ReadOnlySpan<uint>)key);
            foreach (var rule in _items.AsSpan(node.Items, node.Count))
            {
                if (rule >= best)
                {
                    break;
                }

                if (_boxes[rule].Holds(lanes)
                    && (_isPlain[rule] || Matches(in rules[rule], rule, in headers, port, ref firstFickle)))
                {
                    best = rule;
                    break;
                }
            }
        }

        return best;
    }

    private static bool Matches(in CompiledRule rule, int index, in PacketHeaders headers, int port, ref int firstFickle)
    {
        if (!rule.MatchesFlow(in headers, port))
        {
            return false;
        }

        if (!rule.LooksBeyondFlow)
        {
            return true;
        }

        firstFickle = rule.MayChangeItsMind(in headers) ? Math.Min(firstFickle, index) : firstFickle;
        return rule.MatchesBeyondFlow(in headers);
    }

    /// <summary>Whether nothing but the box decides.</summary>
    private static bool IsPlain(FirewallRule rule, bool isV6)
    {
        var match = rule.Match;
        var negates = match.Source is { Negated: true } || match.Destination is { Negated: true } || match.Protocol is { Negated: true }
            || match.SourcePort is { Negated: true } || match.DestinationPort is { Negated: true };
        var hasPorts = match.SourcePort is not null || match.DestinationPort is not null;
        return !negates
            && rule.FromPort is null
            && (!hasPorts || match.Protocol?.Value is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp)
            && (match.TcpFlagsSet | match.TcpFlagsClear) == TcpFlags.None
            && match.IcmpType is null && match.IcmpCode is null
            && TupleShape.CanMatch(match, isV6);
    }

    private static bool IsLong(Condition<IpPrefix>? condition, bool isV6) =>
        condition is { Negated: false } prefix && prefix.Value.Length >= (isV6 ? 40 : 16);
}

/// <summary>A node cuts a lane; a leaf, whose lane is -1, lists rules.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Shift">Bits of the lane below those that choose the part.</param>
/// <param name="Count">Parts, a power of two; or rules.</param>
/// <param name="Items">Where the numbers of the parts' nodes begin, or those of the rules.</param>
internal readonly record struct RuleNode(int Lane, int Shift, int Count, int Items);
