using System.Globalization;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.WanOptimizer;

/// <summary>What a WAN optimizer does, as data. Outcome: pass.</summary>
public static class WanOptimizerDeclaration
{
    /// <summary>Index of the only outcome.</summary>
    public const int Pass = 0;

    public static FunctionDeclaration Declare(WanOptimizerConfiguration configuration) =>
        new(configuration.Name, [DeclarePort(configuration, 0), DeclarePort(configuration, 1)])
        {
            Outcomes = ["pass"],
            NeedsServer = true,
        };

    private static PortDeclaration DeclarePort(WanOptimizerConfiguration configuration, int port) => new(configuration.Ports[port])
    {
        Stages = [StageTable.Always(StageResult.OneOf(Pass))],
        SwitchStages = [],
        Treatments =
        [
            Treatment.Forward(1 - port) with
            {
                Writes =
                [
                    new HeaderWrite("TCP segment size", string.Create(
                        CultureInfo.InvariantCulture, $"at most {configuration.LargestSegment(false)} (IPv4), {configuration.LargestSegment(true)} (IPv6)")),
                ],
            },
        ],
    };
}
