using System.Numerics;
using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>
/// The rules for one IP version in a tuple space (Srinivasan, Suri and Varghese, SIGCOMM 1999): a hash table for each combination of prefix
/// lengths and exactly given fields. Lengths are rounded down, to multiples of 4 for IPv4 and 8 for IPv6, so that combinations are few (as
/// in TupleMerge, 2019). A packet's source and destination say which of their prefixes occur in rules at all, and with which lengths of the
/// other address: only the tables where both agree are looked into. What a hash cannot express (negation, ranges, flags, sides, the
/// rounded-off bits) is compared at the candidates. Rules that differ only in that form a list, and are compared one after the other.
/// Immutable.
/// </summary>
internal sealed class TupleSpace
{
    private readonly UInt128[] _sourceMasks;
    private readonly UInt128[] _destinationMasks;
    private readonly PrefixPresence _sources; // bits: destination lengths
    private readonly PrefixPresence _destinations; // bits: source lengths
    private readonly RuleTuple[][] _tuples; // by source length × destination length

    /// <summary>Sorts the rules that can match packets of the IP version into tables.</summary>
    public TupleSpace(IReadOnlyList<FirewallRule> rules, bool isV6)
    {
        var shaped = rules
            .Select((rule, index) => new ShapedRule(index, rule, TupleShape.Of(rule.Match, isV6)))
            .Where(rule => TupleShape.CanMatch(rule.Rule.Match, isV6))
            .ToArray();
        var sourceLengths = shaped.Select(rule => rule.Shape.SourceLength).Distinct().Order().ToArray();
        var destinationLengths = shaped.Select(rule => rule.Shape.DestinationLength).Distinct().Order().ToArray();
        _sourceMasks = [.. sourceLengths.Select(length => TupleShape.Mask(length, isV6))];
        _destinationMasks = [.. destinationLengths.Select(length => TupleShape.Mask(length, isV6))];
        _sources = new PrefixPresence(shaped.Length);
        _destinations = new PrefixPresence(shaped.Length);
        _tuples = new RuleTuple[sourceLengths.Length * destinationLengths.Length][];
        Array.Fill(_tuples, []);
        foreach (var group in shaped.GroupBy(rule => (rule.Shape.SourceLength, rule.Shape.DestinationLength)))
        {
            var source = Array.IndexOf(sourceLengths, group.Key.SourceLength);
            var destination = Array.IndexOf(destinationLengths, group.Key.DestinationLength);
            foreach (var rule in group)
            {
                _sources.Add(source, TupleShape.SourceOf(rule.Rule.Match) & _sourceMasks[source], destination);
                _destinations.Add(destination, TupleShape.DestinationOf(rule.Rule.Match) & _destinationMasks[destination], source);
            }

            _tuples[(source * destinationLengths.Length) + destination] =
                [.. group.GroupBy(rule => rule.Shape).Select(tuple => new RuleTuple(tuple.Key, [.. tuple], isV6))];
        }
    }

    /// <summary>Finds the first rule that matches.</summary>
    /// <param name="rules">All rules.</param>
    /// <param name="headers">The packet.</param>
    /// <param name="port">Port of the firewall that it enters by.</param>
    /// <param name="firstFickle">The first rule that fits the flow and may decide otherwise later; right up to the result.</param>
    /// <returns>Its index; <see cref="int.MaxValue"/> when there is none.</returns>
    public int Find(CompiledRule[] rules, in PacketHeaders headers, int port, out int firstFickle)
    {
        var best = int.MaxValue;
        firstFickle = int.MaxValue;
        Span<uint> sourcesWith = stackalloc uint[_destinationMasks.Length]; // per destination length
        for (var destination = 0; destination < _destinationMasks.Length; destination++)
        {
            sourcesWith[destination] = _destinations.Find(destination, headers.Destination.Value & _destinationMasks[destination]);
        }

        for (var source = 0; source < _sourceMasks.Length; source++)
        {
            var destinations = _sources.Find(source, headers.Source.Value & _sourceMasks[source]);
            for (; destinations != 0; destinations &= destinations - 1)
            {
                var destination = BitOperations.TrailingZeroCount(destinations);
                if ((sourcesWith[destination] >> source & 1) != 0)
                {
                    Search(rules, _tuples[(source * _destinationMasks.Length) + destination], in headers, port, ref best, ref firstFickle);
                }
            }
        }

        return best;
    }

    private static void Search(
        CompiledRule[] rules, RuleTuple[] tuples, in PacketHeaders headers, int port, ref int best, ref int firstFickle)
    {
        foreach (var tuple in tuples)
        {
            for (var entry = tuple.FirstEntry(in headers, best); entry >= 0; entry = tuple.NextEntry(entry))
            {
                var index = tuple.Rule(entry);
                if (index > best)
                {
                    break;
                }

                ref readonly var rule = ref rules[index];
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
    }
}

/// <summary>A rule with its place in the order and the fields that its table's hash takes.</summary>
internal readonly record struct ShapedRule(int Index, FirewallRule Rule, TupleShape Shape);

/// <summary>The fields that rules of one table give: rounded prefix lengths, and which others are given exactly.</summary>
internal readonly record struct TupleShape(
    int SourceLength, int DestinationLength, bool HasProtocol, bool HasSourcePort, bool HasDestinationPort)
{
    /// <summary>Shape of a match. A negated prefix, a range, a negated field count as not given.</summary>
    public static TupleShape Of(PacketMatch match, bool isV6) => new(
        match.Source is { Negated: false } source ? Rounded(source.Value.Length, isV6) : 0,
        match.Destination is { Negated: false } destination ? Rounded(destination.Value.Length, isV6) : 0,
        match.Protocol is { Negated: false },
        IsExact(match.SourcePort),
        IsExact(match.DestinationPort));

    /// <summary>Whether packets of the IP version can match at all.</summary>
    public static bool CanMatch(PacketMatch match, bool isV6) =>
        (match.IpVersion is not { } version || version == 6 == isV6)
        && (match.Source is not { } source || source.Value.Address.IsV6 == isV6)
        && (match.Destination is not { } destination || destination.Value.Address.IsV6 == isV6);

    /// <summary>Mask of the leading bits.</summary>
    public static UInt128 Mask(int length, bool isV6)
    {
        var width = isV6 ? 128 : 32;
        return length == 0
            ? UInt128.Zero
            : UInt128.MaxValue >> (128 - width) & ~(length == width ? UInt128.Zero : (UInt128.One << (width - length)) - 1);
    }

    /// <summary>Source prefix to put in the hash, before it is masked.</summary>
    public static UInt128 SourceOf(PacketMatch match) => match.Source is { } source ? source.Value.First : UInt128.Zero;

    /// <summary>Destination prefix to put in the hash, before it is masked.</summary>
    public static UInt128 DestinationOf(PacketMatch match) => match.Destination is { } destination ? destination.Value.First : UInt128.Zero;

    private static int Rounded(int length, bool isV6) => length & (isV6 ? ~7 : ~3);

    private static bool IsExact(Condition<PortRange>? ports) => ports is { Negated: false } exact && exact.Value.First == exact.Value.Last;
}
