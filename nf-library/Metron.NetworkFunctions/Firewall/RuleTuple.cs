using System.Numerics;
using Metron.NetworkFunctions.Runtime.State;
using Metron.Packets;

namespace Metron.NetworkFunctions.Firewall;

/// <summary>
/// Rules of one shape in a hash table over the fields that they give. Rules whose hashes share a slot are listed in their order.
/// </summary>
internal sealed class RuleTuple
{
    private readonly TupleShape _shape;
    private readonly int[] _slots; // entry + 1, 0 for none
    private readonly int[] _next; // entry + 1, 0 for none
    private readonly int[] _rules;
    private readonly UInt128 _sourceMask;
    private readonly UInt128 _destinationMask;

    /// <param name="shape">The shape.</param>
    /// <param name="rules">Its rules, in order.</param>
    /// <param name="isV6">Whether they are for IPv6.</param>
    public RuleTuple(TupleShape shape, IReadOnlyList<ShapedRule> rules, bool isV6)
    {
        _shape = shape;
        _sourceMask = TupleShape.Mask(shape.SourceLength, isV6);
        _destinationMask = TupleShape.Mask(shape.DestinationLength, isV6);
        _rules = [.. rules.Select(rule => rule.Index)];
        _next = new int[rules.Count];
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)rules.Count * 2)];
        for (var entry = rules.Count - 1; entry >= 0; entry--)
        {
            var match = rules[entry].Rule.Match;
            ref var slot = ref _slots[Slot(
                TupleShape.SourceOf(match) & _sourceMask,
                TupleShape.DestinationOf(match) & _destinationMask,
                match.Protocol?.Value ?? 0,
                match.SourcePort?.Value.First ?? 0,
                match.DestinationPort?.Value.First ?? 0)];
            _next[entry] = slot;
            slot = entry + 1;
        }
    }

    /// <summary>The first entry that may match; -1 when there is none, or all rules are behind <paramref name="best"/>.</summary>
    public int FirstEntry(in PacketHeaders headers, int best) => _rules[0] > best
        ? -1
        : _slots[Slot(
            headers.Source.Value & _sourceMask,
            headers.Destination.Value & _destinationMask,
            headers.Protocol,
            headers.SourcePort,
            headers.DestinationPort)] - 1;

    /// <summary>The next entry, of a later rule; -1 for none.</summary>
    public int NextEntry(int entry) => _next[entry] - 1;

    /// <summary>Index of the entry's rule.</summary>
    public int Rule(int entry) => _rules[entry];

    private int Slot(UInt128 source, UInt128 destination, byte protocol, ushort sourcePort, ushort destinationPort)
    {
        var more = (_shape.HasProtocol ? (ulong)protocol << 32 : 0)
            | (_shape.HasSourcePort ? (ulong)sourcePort << 16 : 0)
            | (_shape.HasDestinationPort ? destinationPort : 0UL);
        return (int)(StateHash.Addresses(source, destination, more, 0) & (ulong)(_slots.Length - 1));
    }
}
