using Metron.Packets;

namespace Metron.NetworkFunctions.NeighborResponder;

/// <summary>The answers for one side: finds the longest prefix that holds an address. Immutable.</summary>
internal sealed class NeighborAnswers
{
    private readonly Length[] _v4;
    private readonly Length[] _v6;

    public NeighborAnswers(IEnumerable<NeighborAnswer> answers)
    {
        var versions = answers.ToLookup(answer => answer.Addresses.Address.IsV6);
        _v4 = Group(versions[false]);
        _v6 = Group(versions[true]);
    }

    /// <summary>The answer for an address; false when there is none. Asks one hash table for each length of prefixes.</summary>
    public bool TryFind(IpAddress address, out KnownNeighbor found)
    {
        foreach (var length in address.IsV6 ? _v6 : _v4)
        {
            if (length.Answers.TryGetValue(address.Value & length.Mask, out found))
            {
                return true;
            }
        }

        found = default;
        return false;
    }

    private static Length[] Group(IEnumerable<NeighborAnswer> answers) =>
    [
        .. answers.GroupBy(answer => answer.Addresses.Length).OrderByDescending(group => group.Key).Select(group => new Length(
            ~(group.First().Addresses.Last ^ group.First().Addresses.First),
            group.ToDictionary(
                answer => answer.Addresses.First,
                answer => new KnownNeighbor(answer.Mac, answer.IsRouter, answer.Addresses.Length == answer.Addresses.Address.Width)))),
    ];

    private sealed record Length(UInt128 Mask, Dictionary<UInt128, KnownNeighbor> Answers);
}

/// <summary>Who has an address.</summary>
/// <param name="Mac">Its MAC address.</param>
/// <param name="IsRouter">Whether it is a router.</param>
/// <param name="IsExact">Whether it is this address alone, not one of a prefix.</param>
internal readonly record struct KnownNeighbor(MacAddress Mac, bool IsRouter, bool IsExact);
