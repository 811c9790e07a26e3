using Metron.Synthesis;

namespace Metron.NetworkFunctions.NeighborResponder;

/// <summary>What a neighbour responder does with packets, as data. Outcome: pass. What it answers is no packet of a class.</summary>
public static class NeighborResponderDeclaration
{
    /// <summary>Index of the only outcome.</summary>
    public const int Pass = 0;

    public static FunctionDeclaration Declare(NeighborResponderConfiguration configuration) =>
        new(configuration.Name, [DeclarePort(configuration, 0), DeclarePort(configuration, 1)]) { Outcomes = ["pass"], NeedsServer = true };

    private static PortDeclaration DeclarePort(NeighborResponderConfiguration configuration, int port) => new(configuration.Ports[port])
    {
        Stages = [StageTable.Always(StageResult.OneOf(Pass))],
        SwitchStages = [],
        Treatments = [Treatment.Forward(1 - port)],
    };
}
