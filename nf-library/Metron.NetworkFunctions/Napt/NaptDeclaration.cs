using Metron.NetworkFunctions.Declarations;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Napt;

/// <summary>What a NAPT does, as data. Outcome: translate.</summary>
public static class NaptDeclaration
{
    /// <summary>Index of the only outcome.</summary>
    public const int Translate = 0;

    private static readonly StageResult Translated = StageResult.OneOf(Translate);

    public static FunctionDeclaration Declare(NaptConfiguration configuration) =>
        new(configuration.Name, [DeclareInside(configuration), DeclareOutside(configuration)])
        {
            Outcomes = ["translate"],
            NeedsServer = true,
            KeepsFlowState = true,
            KnowsClientSide = true,
        };

    private static PortDeclaration DeclareInside(NaptConfiguration configuration)
    {
        List<StageEntry> entries = [];
        if (configuration.Pool.Count > 0)
        {
            entries.AddRange(TranslatedProtocols(4, IpProtocol.Icmp));
        }

        if (configuration.Pool6.Count > 0)
        {
            entries.AddRange(TranslatedProtocols(6, IpProtocol.IcmpV6));
        }

        if (configuration.PrefixTranslation is { } prefixes)
        {
            var inside = HeaderMatches.Condition(new AddressSpan(prefixes.Inside));
            entries.Add(new StageEntry(new HeaderMatch { IpVersion = 6, Source = inside }, Translated, $"prefix {prefixes.Inside}"));
            entries.Add(new StageEntry(new HeaderMatch { IpVersion = 6 }, StageResult.Drop("prefixMismatch"), "other prefixes"));
        }

        return new PortDeclaration(configuration.Ports[0])
        {
            Stages = [new StageTable(entries, StageResult.Drop("unsupportedProtocol"))],
            SwitchStages = [],
            Treatments = [Treatment.Forward(1) with { Rewrites = [.. OutwardRewrites(configuration)], Writes = OutwardWrites(configuration) }],
        };
    }

    private static PortDeclaration DeclareOutside(NaptConfiguration configuration)
    {
        var entries = Outside(configuration)
            .Select(span => new StageEntry(
                new HeaderMatch { IpVersion = span.IpVersion, Destination = HeaderMatches.Condition(span) }, Translated, "for the pool"))
            .ToList();
        if (configuration.PrefixTranslation is not null)
        {
            entries.Add(new StageEntry(new HeaderMatch { IpVersion = 6 }, StageResult.Drop("prefixMismatch"), "not for the prefix"));
        }

        return new PortDeclaration(configuration.Ports[1])
        {
            Stages = [new StageTable(entries, StageResult.Drop("noBinding")) { DefaultPurpose = "not for the pool" }],
            Treatments =
            [
                Treatment.Forward(0) with
                {
                    Rewrites = [.. InwardRewrites(configuration)],
                    Writes = InwardWrites(configuration),
                    Needs = configuration.Pool.Count + configuration.Pool6.Count > 0 ? "has a binding" : null,
                },
            ],
        };
    }

    private static IEnumerable<StageEntry> TranslatedProtocols(int version, byte icmp) =>
        new[] { IpProtocol.Tcp, IpProtocol.Udp, icmp }.Select(protocol => new StageEntry(
            new HeaderMatch { IpVersion = version, Protocol = FieldCondition.Of((UInt128)protocol) }, Translated, "translated protocols"));

    private static IEnumerable<AddressSpan> Outside(NaptConfiguration configuration)
    {
        var pools = configuration.Pool.Concat(configuration.Pool6).Select(range => new AddressSpan(range.First, range.Last));
        return configuration.PrefixTranslation is { } prefixes ? pools.Append(new AddressSpan(prefixes.Outside)) : pools;
    }

    private static IEnumerable<HeaderRewrite> OutwardRewrites(NaptConfiguration configuration)
    {
        var ports = new FieldValues(HeaderField.SourcePort, new Interval(configuration.OutsidePorts.First, configuration.OutsidePorts.Last));
        foreach (var range in configuration.Pool.Concat(configuration.Pool6))
        {
            var span = new AddressSpan(range.First, range.Last);
            yield return new HeaderRewrite(span.IpVersion, [new FieldValues(HeaderField.Source, span.Values), ports]);
        }

        if (configuration.PrefixTranslation is { } prefixes)
        {
            yield return new HeaderRewrite(6, [new FieldValues(HeaderField.Source, new AddressSpan(prefixes.Outside).Values)]);
        }
    }

    private static IEnumerable<HeaderRewrite> InwardRewrites(NaptConfiguration configuration)
    {
        var ports = new FieldValues(HeaderField.DestinationPort, HeaderFields.All(HeaderField.DestinationPort, false));
        if (configuration.Pool.Count > 0)
        {
            yield return new HeaderRewrite(4, [new FieldValues(HeaderField.Destination, HeaderFields.All(HeaderField.Destination, false)), ports]);
        }

        if (configuration.Pool6.Count > 0)
        {
            yield return new HeaderRewrite(6, [new FieldValues(HeaderField.Destination, HeaderFields.All(HeaderField.Destination, true)), ports]);
        }

        if (configuration.PrefixTranslation is { } prefixes)
        {
            yield return new HeaderRewrite(6, [new FieldValues(HeaderField.Destination, new AddressSpan(prefixes.Inside).Values)]);
        }
    }

    private static List<HeaderWrite> OutwardWrites(NaptConfiguration configuration)
    {
        var pool = configuration.Pool.Concat(configuration.Pool6)
            .Select(range => range.First == range.Last ? range.First.ToString() : $"{range.First}-{range.Last}")
            .ToList();
        if (configuration.PrefixTranslation is { } prefixes)
        {
            pool.Add(prefixes.Outside.ToString());
        }

        List<HeaderWrite> writes = [new("source address", "of " + string.Join(", ", pool))];
        if (configuration.Pool.Count + configuration.Pool6.Count > 0)
        {
            writes.Add(new("source port", $"of {configuration.OutsidePorts.First}-{configuration.OutsidePorts.Last}"));
        }

        return writes;
    }

    private static List<HeaderWrite> InwardWrites(NaptConfiguration configuration)
    {
        List<HeaderWrite> writes = [new("destination address", "of the binding")];
        if (configuration.Pool.Count + configuration.Pool6.Count > 0)
        {
            writes.Add(new("destination port", "of the binding"));
        }

        return writes;
    }
}
