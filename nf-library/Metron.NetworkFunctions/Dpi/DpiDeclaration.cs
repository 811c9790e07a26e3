using Metron.Synthesis;

namespace Metron.NetworkFunctions.Dpi;

/// <summary>What deep packet inspection does, as data. Outcomes: clear, alert, deny; which one, the payload tells.</summary>
public static class DpiDeclaration
{
    /// <summary>Index of the outcome "clear": nothing was found in the flow so far.</summary>
    public const int Clear = 0;

    /// <summary>Index of the outcome "alert": a rule that alerts has matched the flow.</summary>
    public const int Alert = 1;

    /// <summary>Index of the outcome "deny".</summary>
    public const int Deny = 2;

    public static FunctionDeclaration Declare(DpiConfiguration configuration) =>
        new(configuration.Name, [DeclarePort(configuration, 0), DeclarePort(configuration, 1)])
        {
            Outcomes = ["clear", "alert", "deny"],
            NeedsServer = true,
            KeepsFlowState = true,
        };

    private static PortDeclaration DeclarePort(DpiConfiguration configuration, int port) => new(configuration.Ports[port])
    {
        Stages = [StageTable.Always(StageResult.OneOf(Clear, Alert, Deny))],
        SwitchStages = [],
        Treatments = [Treatment.Forward(1 - port), Treatment.Forward(1 - port), Treatment.Drop("contentDenied")],
    };
}
