using System.Numerics;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>
/// The rules of one IP version that give the same fields exactly and prefixes of the same lengths, in a hash table over those fields. A negated
/// prefix, a range, a negated field count as not given. Rules whose hashes share a slot are listed in their order.
/// </summary>
internal sealed class RuleTuple
{
    private readonly Shape _shape;
    private readonly int[] _slots; // entry + 1, 0 for none
    private readonly int[] _next; // entry + 1, 0 for none
    private readonly int[] _rules;
    private readonly UInt128 _sourceMask;
    private readonly UInt128 _destinationMask;

    private RuleTuple(Shape shape, IReadOnlyList<(int Index, FirewallRule Rule)> rules, bool isV6)
    {
        var width = isV6 ? 128 : 32;
        _shape = shape;
        _sourceMask = Mask(shape.SourceLength, width);
        _destinationMask = Mask(shape.DestinationLength, width);
        _rules = [.. rules.Select(rule => rule.Index)];
        FirstRule = _rules[0];
        _next = new int[rules.Count];
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)rules.Count * 2)];
        for (var entry = rules.Count - 1; entry >= 0; entry--)
        {
            var match = rules[entry].Rule.Match;
            var source = shape.SourceLength == 0 ? UInt128.Zero : match.Source!.Value.Value.First;
            var destination = shape.DestinationLength == 0 ? UInt128.Zero : match.Destination!.Value.Value.First;
            ref var slot = ref _slots[Slot(
                source,
                destination,
                match.Protocol?.Value ?? 0,
                match.SourcePort?.Value.First ?? 0,
                match.DestinationPort?.Value.First ?? 0)];
            _next[entry] = slot;
            slot = entry + 1;
        }
    }

    /// <summary>Smallest index of a rule in the tuple.</summary>
    public int FirstRule { get; }

    /// <summary>Sorts the rules that can match packets of the IP version into tuples, ordered by their first rules.</summary>
    public static RuleTuple[] Build(IReadOnlyList<FirewallRule> rules, bool isV6) =>
    [
        .. rules.Select((rule, index) => (Index: index, Rule: rule))
            .Where(rule => CanMatch(rule.Rule.Match, isV6))
            .GroupBy(rule => Shape.Of(rule.Rule.Match))
            .Select(group => new RuleTuple(group.Key, [.. group], isV6))
            .OrderBy(tuple => tuple.FirstRule),
    ];

    /// <summary>The first entry that may match; -1 for none.</summary>
    public int FirstEntry(in PacketHeaders headers) => _slots[Slot(
        headers.Source.Value & _sourceMask,
        headers.Destination.Value & _destinationMask,
        headers.Protocol,
        headers.SourcePort,
        headers.DestinationPort)] - 1;

    /// <summary>The next entry, of a later rule; -1 for none.</summary>
    public int NextEntry(int entry) => _next[entry] - 1;

    /// <summary>Index of the entry's rule.</summary>
    public int Rule(int entry) => _rules[entry];

    private static bool CanMatch(PacketMatch match, bool isV6) =>
        (match.IpVersion is not { } version || version == 6 == isV6)
        && (match.Source is not { } source || source.Value.Address.IsV6 == isV6)
        && (match.Destination is not { } destination || destination.Value.Address.IsV6 == isV6);

    private static UInt128 Mask(int length, int width) =>
        length == 0 ? UInt128.Zero : UInt128.MaxValue >> (128 - width) & ~(length == width ? UInt128.Zero : (UInt128.One << (width - length)) - 1);

    private int Slot(UInt128 source, UInt128 destination, byte protocol, ushort sourcePort, ushort destinationPort)
    {
        var more = (_shape.HasProtocol ? (ulong)protocol << 32 : 0)
            | (_shape.HasSourcePort ? (ulong)sourcePort << 16 : 0)
            | (_shape.HasDestinationPort ? destinationPort : 0UL);
        return (int)(StateHash.Addresses(source, destination, more, 0) & (ulong)(_slots.Length - 1));
    }

    private readonly record struct Shape(int SourceLength, int DestinationLength, bool HasProtocol, bool HasSourcePort, bool HasDestinationPort)
    {
        public static Shape Of(PacketMatch match) => new(
            match.Source is { Negated: false } source ? source.Value.Length : 0,
            match.Destination is { Negated: false } destination ? destination.Value.Length : 0,
            match.Protocol is { Negated: false },
            IsExact(match.SourcePort),
            IsExact(match.DestinationPort));

        private static bool IsExact(Condition<PortRange>? ports) => ports is { Negated: false } exact && exact.Value.First == exact.Value.Last;
    }
}
