using System.Globalization;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Tunnel;

/// <summary>What a tunnel does, as data. Outcomes: encapsulate, decapsulate.</summary>
public static class TunnelDeclaration
{
    /// <summary>Index of the outcome of packets from inside.</summary>
    public const int Encapsulate = 0;

    /// <summary>Index of the outcome of packets from outside.</summary>
    public const int Decapsulate = 1;

    public static FunctionDeclaration Declare(TunnelConfiguration configuration) =>
        new(configuration.Name, [DeclareInside(configuration), DeclareOutside(configuration)])
        {
            Outcomes = ["encapsulate", "decapsulate"],
            NeedsServer = true,
            HidesFlows = true,
        };

    private static PortDeclaration DeclareInside(TunnelConfiguration configuration) => new(configuration.Ports[0])
    {
        Stages = [StageTable.Always(StageResult.OneOf(Encapsulate))],
        SwitchStages = [],
        Treatments =
        [
            Treatment.Forward(1) with
            {
                Rewrites = [Outward(configuration, 4), Outward(configuration, 6)],
                Writes =
                [
                    new HeaderWrite("outer header", Text(configuration)),
                    new HeaderWrite("source address", configuration.Local.ToString()),
                    new HeaderWrite("destination address", configuration.Remote.ToString()),
                ],
            },
            Treatment.Drop("notForTunnel"),
        ],
    };

    private static PortDeclaration DeclareOutside(TunnelConfiguration configuration)
    {
        var version = configuration.Local.IsV6 ? 6 : 4;
        var match = new HeaderMatch
        {
            IpVersion = version,
            Source = FieldCondition.Of(configuration.Remote.Value),
            Destination = FieldCondition.Of(configuration.Local.Value),
            Protocol = FieldCondition.Of((UInt128)ProtocolOf(configuration)),
            DestinationPort = configuration.Protocol == TunnelProtocol.Vxlan ? FieldCondition.Of((UInt128)configuration.Port) : null,
        };
        return new PortDeclaration(configuration.Ports[1])
        {
            Stages =
            [
                new StageTable([new StageEntry(match, StageResult.OneOf(Decapsulate), "from the other end")], StageResult.Drop("notForTunnel"))
                {
                    DefaultPurpose = "not from the other end",
                },
            ],
            Treatments =
            [
                Treatment.Drop("notForTunnel"),
                Treatment.Forward(0) with
                {
                    Rewrites = [new HeaderRewrite(version, []) { NewIpVersion = 4 }, new HeaderRewrite(version, []) { NewIpVersion = 6 }],
                    Writes = [new HeaderWrite("outer header", "none"), new HeaderWrite("header", "of the packet inside")],
                },
            ],
        };
    }

    private static HeaderRewrite Outward(TunnelConfiguration configuration, int version)
    {
        List<FieldValues> fields =
        [
            new(HeaderField.Source, Only(configuration.Local.Value)),
            new(HeaderField.Destination, Only(configuration.Remote.Value)),
            new(HeaderField.Protocol, Only(ProtocolOf(configuration))),
        ];
        if (configuration.Protocol == TunnelProtocol.Vxlan)
        {
            fields.Add(new FieldValues(HeaderField.SourcePort, new Interval(0xc000, 0xffff)));
            fields.Add(new FieldValues(HeaderField.DestinationPort, Only(configuration.Port)));
        }

        return new HeaderRewrite(version, fields) { NewIpVersion = configuration.Local.IsV6 ? 6 : 4 };
    }

    private static Interval Only(UInt128 value) => new(value, value);

    private static byte ProtocolOf(TunnelConfiguration configuration) =>
        configuration.Protocol == TunnelProtocol.Vxlan ? IpProtocol.Udp : IpProtocol.Gre;

    private static string Text(TunnelConfiguration configuration) => configuration switch
    {
        { Protocol: TunnelProtocol.Vxlan } => string.Create(CultureInfo.InvariantCulture, $"VXLAN {configuration.NetworkIdentifier}"),
        { Key: { } key } => string.Create(CultureInfo.InvariantCulture, $"GRE key {key}"),
        _ => "GRE",
    };
}
