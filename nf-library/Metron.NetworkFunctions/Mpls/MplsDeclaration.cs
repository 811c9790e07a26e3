using System.Globalization;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Mpls;

/// <summary>What an MPLS function does, as data. Outcomes: outward, inward.</summary>
public static class MplsDeclaration
{
    /// <summary>Index of the outcome of what comes from inside.</summary>
    public const int Outward = 0;

    /// <summary>Index of the outcome of frames from outside.</summary>
    public const int Inward = 1;

    /// <summary>Switches do not look behind labels: any packet may come out of them.</summary>
    public static FunctionDeclaration Declare(MplsConfiguration configuration) =>
        new(configuration.Name, [DeclarePort(configuration, 0), DeclarePort(configuration, 1)])
        {
            Outcomes = ["outward", "inward"],
            NeedsServer = true,
            HidesFlows = true,
        };

    private static PortDeclaration DeclarePort(MplsConfiguration configuration, int port)
    {
        var forward = Treatment.Forward(1 - port) with
        {
            Rewrites = [Other(4, 4), Other(4, 6), Other(6, 4), Other(6, 6)],
            Writes = [new HeaderWrite("MPLS label", Text(configuration, port))],
        };
        forward = port == 0 && configuration.Edge is not null ? forward with { Rewrites = [] } : forward;
        var never = Treatment.Drop("unknownLabel");
        return new PortDeclaration(configuration.Ports[port])
        {
            Stages = [StageTable.Always(StageResult.OneOf(port == 0 ? Outward : Inward))],
            SwitchStages = [],
            Treatments = port == 0 ? [forward, never] : [never, forward],
        };
    }

    private static HeaderRewrite Other(int from, int to) => new(from, []) { NewIpVersion = to };

    private static string Text(MplsConfiguration configuration, int port) =>
        configuration.Edge is not { } edge ? "swapped" : port == 0 ? edge.OutLabel.ToString(CultureInfo.InvariantCulture) : "none";
}
