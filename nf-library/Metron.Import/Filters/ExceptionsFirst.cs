namespace Metron.Import.Filters;

/// <summary>
/// "All but these" takes many matches where a match has one value ("every ICMP type but 8" takes 255). Where the exceptions are few, this writes
/// them first, each with what the rules further down say about it, and then the rule without them: the first match decides the same.
/// </summary>
internal static class ExceptionsFirst
{
    private const int Many = 8;
    private const int MostDepth = 4;

    private static readonly Field[] Fields =
    [
        new(box => box.Protocol, (box, set) => box with { Protocol = set }, _ => byte.MaxValue, (set, _) => MatchWriter.CostOfProtocols(set)),
        new(box => box.IcmpCode is null ? box.IcmpType : null, (box, set) => box with { IcmpType = set }, _ => byte.MaxValue, (set, _) => MatchWriter.CostOfNumbers(set)),
        new(box => box.IcmpCode, (box, set) => box with { IcmpCode = set }, _ => byte.MaxValue, (set, _) => MatchWriter.CostOfNumbers(set)),
        new(box => box.Source, (box, set) => box with { Source = set }, box => box.MaximumAddress, (set, box) => MatchWriter.CostOfAddresses(set, box.Versions == IpVersions.V6)),
        new(box => box.Destination, (box, set) => box with { Destination = set }, box => box.MaximumAddress, (set, box) => MatchWriter.CostOfAddresses(set, box.Versions == IpVersions.V6)),
        new(box => box.SourcePort, (box, set) => box with { SourcePort = set }, _ => ushort.MaxValue, (set, _) => MatchWriter.CostOfPorts(set)),
        new(box => box.DestinationPort, (box, set) => box with { DestinationPort = set }, _ => ushort.MaxValue, (set, _) => MatchWriter.CostOfPorts(set)),
    ];

    /// <summary>The same decisions, in a form that takes fewer matches.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="allowByDefault">What happens to packets that no rule matches.</param>
    public static List<FlatRule> Apply(IReadOnlyList<FlatRule> rules, bool allowByDefault) => Apply(rules, PacketBox.All, allowByDefault, 0);

    /// <summary>See the other overload.</summary>
    /// <param name="rules">The rules; they match no packets outside of <paramref name="within"/>, and must not when they are written.</param>
    private static List<FlatRule> Apply(IReadOnlyList<FlatRule> rules, PacketBox within, bool allowByDefault, int depth)
    {
        List<FlatRule> written = [];
        for (var i = 0; i < rules.Count && written.Count <= ChainFlattener.MostRules; i++)
        {
            var rule = rules[i];
            var packets = rule.Packets;
            foreach (var field in depth < MostDepth ? Fields : [])
            {
                if (field.Get(packets) is not { } set || field.Cost(set, packets) <= Many)
                {
                    continue;
                }

                var all = field.Get(within);
                var others = set.Complement(field.Maximum(packets));
                others = all is null ? others : others.Intersect(all);
                if (!others.IsEmpty && field.Cost(others, packets) <= Many)
                {
                    var exceptions = field.With(packets, others);
                    packets = field.With(packets, all);
                    written.AddRange(Apply(Behind(rules, i, exceptions, allowByDefault), exceptions, allowByDefault, depth + 1));
                }
            }

            written.Add(rule with { Packets = packets });
        }

        return written;
    }

    /// <summary>What the rules behind one say about some packets.</summary>
    private static List<FlatRule> Behind(IReadOnlyList<FlatRule> rules, int index, PacketBox packets, bool allowByDefault)
    {
        List<FlatRule> behind = [];
        for (var i = index + 1; i < rules.Count; i++)
        {
            if (rules[i].Packets.Intersect(packets) is { } common)
            {
                behind.Add(rules[i] with { Packets = common, IsPolicy = false, Label = rules[i].IsPolicy ? "policy" : rules[i].Label });
                if (rules[i].Packets.Covers(packets))
                {
                    return behind;
                }
            }
        }

        behind.Add(new FlatRule(packets, allowByDefault, "default", rules[index].At));
        return behind;
    }

    private sealed record Field(Func<PacketBox, NumberSet?> Get, Func<PacketBox, NumberSet?, PacketBox> With, Func<PacketBox, UInt128> Maximum, Func<NumberSet, PacketBox, int> Cost);
}
