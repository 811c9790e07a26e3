using Metron.Synthesis;

namespace Metron.NetworkFunctions.Mirror;

/// <summary>What a mirror does, as data. Outcome: pass. That copies are made is no matter of a packet's class.</summary>
public static class MirrorDeclaration
{
    /// <summary>Index of the only outcome.</summary>
    public const int Pass = 0;

    public static FunctionDeclaration Declare(MirrorConfiguration configuration) =>
        new(configuration.Name, [DeclareSide(configuration, 0), DeclareSide(configuration, 1), DeclareMirror(configuration)])
        {
            Outcomes = ["pass"],
            NeedsServer = true,
        };

    private static PortDeclaration DeclareSide(MirrorConfiguration configuration, int port) => new(configuration.Ports[port])
    {
        Stages = [StageTable.Always(StageResult.OneOf(Pass))],
        SwitchStages = [],
        Treatments = [Treatment.Forward(1 - port)],
    };

    private static PortDeclaration DeclareMirror(MirrorConfiguration configuration) => new(configuration.Ports[MirrorConfiguration.MirrorPort])
    {
        Stages = [StageTable.Always(StageResult.Drop("mirrorPort"))],
        Treatments = [Treatment.Drop("mirrorPort")],
    };
}
