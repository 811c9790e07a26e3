using Metron.Synthesis;

namespace Metron.NetworkFunctions.Transparent;

/// <summary>What a transparent function does, as data. Outcome: pass. It needs no server, so that a switch carries it out where it can.</summary>
public static class TransparentDeclaration
{
    /// <summary>Index of the only outcome.</summary>
    public const int Pass = 0;

    public static FunctionDeclaration Declare(TransparentConfiguration configuration) =>
        new(configuration.Name, [DeclarePort(configuration, 0), DeclarePort(configuration, 1)]) { Outcomes = ["pass"] };

    private static PortDeclaration DeclarePort(TransparentConfiguration configuration, int port) => new(configuration.Ports[port])
    {
        Stages = [StageTable.Always(StageResult.OneOf(Pass))],
        Treatments = [Treatment.Forward(1 - port)],
    };
}
