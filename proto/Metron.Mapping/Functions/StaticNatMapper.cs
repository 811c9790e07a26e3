using Metron.Mapping.Syntax;
using Metron.NetworkFunctions.StaticNat;
using Metron.Packets;

namespace Metron.Mapping.Functions;

/// <summary>Reads a static NAT.</summary>
internal static class StaticNatMapper
{
    /// <summary>Reads a static NAT; pairs with problems are left out.</summary>
    public static StaticNatConfiguration Map(string name, V1.StaticNat nat, SpecNode at)
    {
        Counts.Check(nat.Pairs.Count, 1, SpecLimits.AddressPairs, "pairs", at);
        var pairs = new List<(AddressPair Pair, int Index)>();
        for (var i = 0; i < Math.Min(nat.Pairs.Count, SpecLimits.AddressPairs); i++)
        {
            if (Pair(nat.Pairs[i], at.Item("pairs", i)) is { } pair)
            {
                pairs.Add((pair, i));
            }
        }

        CheckOverlap(pairs, "inside", pair => pair.Inside, at);
        CheckOverlap(pairs, "outside", pair => pair.Outside, at);
        return new StaticNatConfiguration(name) { Pairs = [.. pairs.Select(pair => pair.Pair)], PassOthers = nat.PassOthers };
    }

    private static AddressPair? Pair(V1.AddressPair pair, SpecNode at)
    {
        var insideRead = Addresses.TryHosts(pair.Inside, at, "inside", out var inside);
        var outsideRead = Addresses.TryHosts(pair.Outside, at, "outside", out var outside);
        if (!insideRead || !outsideRead)
        {
            return null;
        }

        if (inside.Address.IsV6 != outside.Address.IsV6)
        {
            at.Report("outside", $"{outside} is IPv{(outside.Address.IsV6 ? 6 : 4)}, but {inside} is IPv{(inside.Address.IsV6 ? 6 : 4)}");
        }
        else if (inside.Length != outside.Length)
        {
            at.Report("outside", $"{outside} has another length than {inside}; a pair joins as many addresses inside as outside");
        }
        else if (inside == outside)
        {
            at.Report("outside", $"{outside} is the prefix inside already; nothing would be translated");
        }
        else
        {
            return new AddressPair(inside, outside);
        }

        return null;
    }

    private static void CheckOverlap(
        List<(AddressPair Pair, int Index)> pairs, string field, Func<AddressPair, IpPrefix> select, SpecNode at)
    {
        var sorted = pairs
            .OrderBy(pair => select(pair.Pair).Address.IsV6).ThenBy(pair => select(pair.Pair).First).ThenBy(pair => pair.Index)
            .ToList();
        var widest = 0; // whichever of those before reaches furthest
        for (var i = 1; i < sorted.Count; i++)
        {
            var (before, after) = (select(sorted[widest].Pair), select(sorted[i].Pair));
            if (before.Address.IsV6 != after.Address.IsV6 || after.First > before.Last)
            {
                widest = i;
                continue;
            }

            var (earlier, later) = sorted[widest].Index < sorted[i].Index ? (widest, i) : (i, widest);
            at.Item("pairs", sorted[later].Index).Report(
                field,
                $"{select(sorted[later].Pair)} overlaps {select(sorted[earlier].Pair)} of pairs[{sorted[earlier].Index}]; an address has one counterpart");
        }
    }
}
