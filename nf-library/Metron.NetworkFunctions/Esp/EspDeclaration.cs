using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Esp;

/// <summary>What an end of an IPsec tunnel does, as data. Outcomes: encrypt, decrypt.</summary>
public static class EspDeclaration
{
    /// <summary>Index of the outcome of packets from inside.</summary>
    public const int Encrypt = 0;

    /// <summary>Index of the outcome of packets from outside.</summary>
    public const int Decrypt = 1;

    public static FunctionDeclaration Declare(EspConfiguration configuration) =>
        new(configuration.Name, [DeclareInside(configuration), DeclareOutside(configuration)])
        {
            Outcomes = ["encrypt", "decrypt"],
            NeedsServer = true,
            HidesFlows = true,
        };

    private static PortDeclaration DeclareInside(EspConfiguration configuration)
    {
        FieldValues[] fields =
        [
            new(HeaderField.Source, new Interval(configuration.Local.Value, configuration.Local.Value)),
            new(HeaderField.Destination, new Interval(configuration.Remote.Value, configuration.Remote.Value)),
            new(HeaderField.Protocol, new Interval(IpProtocol.Esp, IpProtocol.Esp)),
        ];
        var version = configuration.Local.IsV6 ? 6 : 4;
        return new PortDeclaration(configuration.Ports[0])
        {
            Stages = [StageTable.Always(StageResult.OneOf(Encrypt))],
            SwitchStages = [],
            Treatments =
            [
                Treatment.Forward(1) with
                {
                    Rewrites = [new HeaderRewrite(4, fields) { NewIpVersion = version }, new HeaderRewrite(6, fields) { NewIpVersion = version }],
                    Writes =
                    [
                        new HeaderWrite("outer header", "ESP"),
                        new HeaderWrite("source address", configuration.Local.ToString()),
                        new HeaderWrite("destination address", configuration.Remote.ToString()),
                    ],
                },
                Treatment.Drop("notForTunnel"),
            ],
        };
    }

    private static PortDeclaration DeclareOutside(EspConfiguration configuration)
    {
        var version = configuration.Local.IsV6 ? 6 : 4;
        var match = new HeaderMatch
        {
            IpVersion = version,
            Source = FieldCondition.Of(configuration.Remote.Value),
            Destination = FieldCondition.Of(configuration.Local.Value),
            Protocol = FieldCondition.Of((UInt128)IpProtocol.Esp),
        };
        return new PortDeclaration(configuration.Ports[1])
        {
            Stages =
            [
                new StageTable([new StageEntry(match, StageResult.OneOf(Decrypt), "from the other end")], StageResult.Drop("notForTunnel"))
                {
                    DefaultPurpose = "not from the other end",
                },
            ],
            Treatments =
            [
                Treatment.Drop("notForTunnel"),
                Treatment.Forward(0) with
                {
                    Needs = "can be decrypted",
                    Rewrites = [new HeaderRewrite(version, []) { NewIpVersion = 4 }, new HeaderRewrite(version, []) { NewIpVersion = 6 }],
                    Writes = [new HeaderWrite("outer header", "none"), new HeaderWrite("header", "of the packet inside")],
                },
            ],
        };
    }
}
