namespace Metron.Import.Filters;

/// <summary>Questions about lists of rules of which the first that matches decides.</summary>
internal static class FlatRules
{
    private const int MostBoxes = 2048;

    /// <summary>Whether no packet of the box is allowed. False, too, when that takes too long to tell.</summary>
    public static bool DenyAll(IReadOnlyList<FlatRule> rules, PacketBox packets)
    {
        List<PacketBox> left = [packets];
        foreach (var rule in rules)
        {
            if (!left.Any(box => box.Intersect(rule.Packets) is not null))
            {
                continue;
            }

            if (rule.Allow)
            {
                return false;
            }

            left = PacketBoxes.Subtract(left, [rule.Packets], MostBoxes);
            if (left.Count > MostBoxes)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The rules that deny some packet, each with the packets that it denies; what is allowed before it is taken out.</summary>
    public static IEnumerable<(FlatRule Rule, List<PacketBox> Denied)> Denials(IReadOnlyList<FlatRule> rules)
    {
        List<PacketBox> allowed = [];
        foreach (var rule in rules)
        {
            if (rule.Allow)
            {
                allowed.Add(rule.Packets);
            }
            else if (PacketBoxes.Subtract([rule.Packets], allowed, MostBoxes) is { Count: > 0 } denied)
            {
                yield return (rule, denied);
            }
        }
    }
}
