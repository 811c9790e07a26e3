using System.Net;
using Microsoft.Extensions.Logging;

namespace Metron.OpenFlow.Tests.Samples;

/// <summary>The example of the project's README, so that it compiles; a test compares the two.</summary>
internal static class ReadmeExample
{
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1873", Justification = "An example for readers.")]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2254", Justification = "An example for readers.")]
    public static async Task RunAsync(ILogger logger, CancellationToken cancellation)
    {
        // README begins.
        await using var listener = OpenFlowListener.Start(new IPEndPoint(IPAddress.Any, OpenFlowListener.DefaultPort), logger: logger);
        await using var connection = await listener.AcceptAsync(cancellation);
        logger.LogInformation("{DatapathId:x16} speaks OpenFlow {Version}", connection.DatapathId, connection.Version.ToDotted());

        // All or nothing where the switch has bundles, else in order with a barrier at the end.
        var result = await connection.ApplyAsync(
            [
                new FlowMod
                {
                    Cookie = 0x0001_0000_0000_0001,
                    Priority = 100,
                    Match = Match.Of(
                        OxmField.EthernetType(0x0800),
                        OxmField.IpProtocol(6),
                        OxmField.Ipv4Destination(IPAddress.Parse("192.0.2.0"), prefixLength: 24),
                        OxmField.TcpDestination(8080)),
                    Instructions =
                    [
                        new ApplyActionsInstruction(
                        [
                            new PushVlanAction(),
                            new SetFieldAction(OxmField.VlanId(7)),
                            new OutputAction(Port: 2),
                        ]),
                    ],
                },
                new FlowMod { Priority = 0 }, // no instruction: drop
            ],
            cancellation);
        foreach (var failure in result.Failures)
        {
            logger.LogError("rule {Index} refused: {Error}", failure.Index, failure.Error.Code.Name);
        }

        // What the switch has, to compare with what it should have.
        foreach (var flow in await connection.ReadFlowsAsync(new FlowFilter { Cookie = 1UL << 48, CookieMask = 0xffffUL << 48 }, cancellation))
        {
            logger.LogInformation("{Flow}", flow);
        }

        await foreach (var happened in connection.Events.ReadAllAsync(cancellation))
        {
            if (happened.Message is PortStatus { Reason: PortStatusReason.Delete } gone)
            {
                logger.LogWarning("port {Port} is gone", gone.Port.Name);
            }
        }
        // README ends.
    }
}
