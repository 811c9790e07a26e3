using Metron.NetworkFunctions.Declarations;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.StaticNat;

/// <summary>What a static NAT does, as data. Outcomes: translate, pass.</summary>
public static class StaticNatDeclaration
{
    /// <summary>Index of the outcome of packets of a pair.</summary>
    public const int Translate = 0;

    /// <summary>Index of the outcome of all others, where they may pass.</summary>
    public const int Pass = 1;

    public static FunctionDeclaration Declare(StaticNatConfiguration configuration) =>
        new(configuration.Name, [DeclareInside(configuration), DeclareOutside(configuration)])
        {
            Outcomes = ["translate", "pass"],
            NeedsServer = true,
        };

    private static StageResult Others(StaticNatConfiguration configuration) =>
        configuration.PassOthers ? StageResult.OneOf(Pass) : StageResult.Drop("prefixMismatch");

    private static PortDeclaration DeclareInside(StaticNatConfiguration configuration)
    {
        List<StageEntry> entries =
        [
            .. configuration.Pairs.Select(pair => To(pair.Outside, StageResult.Drop("hairpin"), $"pair {pair.Outside}, from inside")),
            .. configuration.Pairs.Select(pair => From(pair.Inside, StageResult.OneOf(Translate), $"pair {pair.Inside}")),
            .. ErrorsOfOthers(configuration),
        ];
        if (configuration.PassOthers)
        {
            entries.AddRange(configuration.Pairs.Select(
                pair => From(pair.Outside, StageResult.Drop("prefixMismatch"), $"pair {pair.Outside}, as if translated")));
        }

        return new PortDeclaration(configuration.Ports[0])
        {
            Stages = [new StageTable(entries, Others(configuration)) { DefaultPurpose = "of no pair" }],
            SwitchStages = [],
            Treatments =
            [
                Treatment.Forward(1) with
                {
                    Rewrites = [.. configuration.Pairs.Select(pair => Rewrite(HeaderField.Source, pair.Outside))],
                    Writes = [new HeaderWrite("source address", "of " + List(configuration.Pairs.Select(pair => pair.Outside)))],
                },
                Treatment.Forward(1),
            ],
        };
    }

    /// <summary>An ICMP error from inside may come from a router of no pair, about a packet to a host of one: that router is seen as the host.</summary>
    private static IEnumerable<StageEntry> ErrorsOfOthers(StaticNatConfiguration configuration) =>
        configuration.Pairs.Select(pair => pair.Inside.Address.IsV6).Distinct().Order().Select(isV6 => new StageEntry(
            new HeaderMatch
            {
                IpVersion = isV6 ? 6 : 4,
                Protocol = FieldCondition.Of((UInt128)(isV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp)),
            },
            StageResult.OneOf(configuration.PassOthers ? [Translate, Pass] : [Translate]),
            "ICMP errors"));

    private static PortDeclaration DeclareOutside(StaticNatConfiguration configuration)
    {
        List<StageEntry> entries = [.. configuration.Pairs.Select(pair => To(pair.Outside, StageResult.OneOf(Translate), $"pair {pair.Outside}"))];
        if (configuration.PassOthers)
        {
            entries.AddRange(configuration.Pairs.Select(
                pair => To(pair.Inside, StageResult.Drop("prefixMismatch"), $"pair {pair.Inside}, around the translation")));
        }

        return new PortDeclaration(configuration.Ports[1])
        {
            Stages = [new StageTable(entries, Others(configuration)) { DefaultPurpose = "of no pair" }],
            Treatments =
            [
                Treatment.Forward(0) with
                {
                    Rewrites = [.. configuration.Pairs.Select(pair => Rewrite(HeaderField.Destination, pair.Inside))],
                    Writes = [new HeaderWrite("destination address", "of " + List(configuration.Pairs.Select(pair => pair.Inside)))],
                },
                Treatment.Forward(0),
            ],
        };
    }

    private static StageEntry From(IpPrefix prefix, StageResult result, string purpose)
    {
        var span = new AddressSpan(prefix);
        return new StageEntry(new HeaderMatch { IpVersion = span.IpVersion, Source = HeaderMatches.Condition(span) }, result, purpose);
    }

    private static StageEntry To(IpPrefix prefix, StageResult result, string purpose)
    {
        var span = new AddressSpan(prefix);
        return new StageEntry(new HeaderMatch { IpVersion = span.IpVersion, Destination = HeaderMatches.Condition(span) }, result, purpose);
    }

    private static HeaderRewrite Rewrite(HeaderField field, IpPrefix prefix)
    {
        var span = new AddressSpan(prefix);
        return new HeaderRewrite(span.IpVersion, [new FieldValues(field, span.Values)]);
    }

    private static string List(IEnumerable<IpPrefix> prefixes)
    {
        const int Most = 4;
        var all = prefixes.ToList();
        return string.Join(", ", all.Take(Most)) + (all.Count > Most ? $" and {all.Count - Most} more" : "");
    }
}
