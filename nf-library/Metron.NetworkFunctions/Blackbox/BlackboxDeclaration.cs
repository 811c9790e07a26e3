using Metron.Synthesis;

namespace Metron.NetworkFunctions.Blackbox;

/// <summary>
/// What a blackbox does, as data. It ends every way through the chain at the program's interface, and begins new ones there, as a closed
/// program may do anything to a packet. Outcomes: given to the program, returned by the program.
/// </summary>
public static class BlackboxDeclaration
{
    /// <summary>The packet goes to the program.</summary>
    public const int Given = 0;

    /// <summary>The packet comes from the program.</summary>
    public const int Returned = 1;

    public static FunctionDeclaration Declare(BlackboxConfiguration configuration) =>
        new(configuration.Name, [.. Enumerable.Range(0, configuration.Ports.Count).Select(port => DeclarePort(configuration, port))])
        {
            Outcomes = ["given to the program", "returned by the program"],
            NeedsServer = true,
            KeepsFlowState = true,
            LosesClientPort = !configuration.KeepsClientPorts,
        };

    /// <summary>Outcome of packets that enter by a port.</summary>
    public static int OutcomeOf(int port) => port < BlackboxConfiguration.FirstProgramPort ? Given : Returned;

    /// <summary>Port on the other side of the same interface.</summary>
    public static int Opposite(int port) => port ^ BlackboxConfiguration.FirstProgramPort;

    private static PortDeclaration DeclarePort(BlackboxConfiguration configuration, int port) => new(configuration.Ports[port])
    {
        Stages = [StageTable.Always(StageResult.OneOf(OutcomeOf(port)))],
        SwitchStages = [],
        Treatments = [Treatment.Forward(Opposite(port)), Treatment.Forward(Opposite(port))],
    };
}
