using Metron.Synthesis;

namespace Metron.NetworkFunctions.Monitor;

/// <summary>What a monitor does, as data. Outcome: pass.</summary>
public static class MonitorDeclaration
{
    /// <summary>Index of the only outcome.</summary>
    public const int Pass = 0;

    public static FunctionDeclaration Declare(MonitorConfiguration configuration) =>
        new(configuration.Name, [DeclarePort(configuration, 0), DeclarePort(configuration, 1)])
        {
            Outcomes = ["pass"],
            NeedsServer = true,
        };

    private static PortDeclaration DeclarePort(MonitorConfiguration configuration, int port) => new(configuration.Ports[port])
    {
        Stages = [StageTable.Always(StageResult.OneOf(Pass))],
        SwitchStages = [],
        Treatments = [Treatment.Forward(1 - port)],
    };
}
