using Metron.NetworkFunctions.Declarations;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Dispatcher;

/// <summary>What a dispatcher does, as data. Outcomes: back; then one for each output; then none.</summary>
public static class DispatcherDeclaration
{
    /// <summary>Index of the outcome of what comes from an output; output i has index 1 + i, and after them comes "none".</summary>
    public const int Back = 0;

    public static FunctionDeclaration Declare(DispatcherConfiguration configuration)
    {
        var none = 1 + configuration.Outputs.Count;
        return new FunctionDeclaration(
            configuration.Name, [DeclareInput(configuration, none), .. configuration.Outputs.Select(output => DeclareOutput(output, none))])
        {
            Outcomes = ["back", .. configuration.Outputs.Select(output => $"to {output}"), "none"],
        };
    }

    private static PortDeclaration DeclareInput(DispatcherConfiguration configuration, int none)
    {
        var rest = configuration.DefaultOutput >= 0 ? 1 + configuration.DefaultOutput : none;
        var any = StageResult.OneOf([.. configuration.Rules.Select(rule => 1 + rule.Output).Append(rest).Distinct().Order()]);
        return new PortDeclaration(DispatcherConfiguration.Input)
        {
            Stages =
            [
                new StageTable(
                    [
                        .. IcmpErrors.Matches.Select(match => new StageEntry(match, any, "ICMP errors")),
                        .. configuration.Rules.Select((rule, index) => new StageEntry(
                            rule.Match.ToHeaderMatch(), StageResult.OneOf(1 + rule.Output), configuration.PurposeOf(index))),
                    ],
                    StageResult.OneOf(rest)),
            ],
            Treatments =
            [
                Treatment.Drop("noOutput"),
                .. configuration.Outputs.Select((_, index) => Treatment.Forward(1 + index) with { WhenStateDecides = "is about a packet from there" }),
                Treatment.Drop("noOutput") with { WhenStateDecides = "is about a packet from nowhere" },
            ],
        };
    }

    private static PortDeclaration DeclareOutput(string name, int none) => new(name)
    {
        Stages = [StageTable.Always(StageResult.OneOf(Back))],
        Treatments = [Treatment.Forward(0), .. Enumerable.Repeat(Treatment.Drop("noOutput"), none)],
    };
}

/// <summary>The types of ICMP errors, as matches.</summary>
internal static class IcmpErrors
{
    // RFC 792 and RFC 4443: messages about other packets.
    private static readonly byte[] Types = [3, 4, 5, 11, 12];
    private static readonly byte[] Ipv6Types = [1, 2, 3, 4];

    /// <summary>One match for each type.</summary>
    public static IEnumerable<HeaderMatch> Matches =>
        Types.Select(type => Match(4, IpProtocol.Icmp, type)).Concat(Ipv6Types.Select(type => Match(6, IpProtocol.IcmpV6, type)));

    private static HeaderMatch Match(int version, byte protocol, byte type) =>
        new() { IpVersion = version, Protocol = FieldCondition.Of((UInt128)protocol), IcmpType = type };
}
