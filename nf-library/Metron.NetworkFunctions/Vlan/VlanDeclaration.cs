using System.Globalization;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Vlan;

/// <summary>What a VLAN function does, as data. Outcomes: outward, inward.</summary>
public static class VlanDeclaration
{
    /// <summary>Index of the outcome of frames from inside.</summary>
    public const int Outward = 0;

    /// <summary>Index of the outcome of frames from outside.</summary>
    public const int Inward = 1;

    /// <summary>
    /// Frames that come with a VLAN header are not read before the function, so ICMP errors about other workers' flows are not found there: a chain with
    /// such a function is one worker's.
    /// </summary>
    public static FunctionDeclaration Declare(VlanConfiguration configuration) =>
        new(configuration.Name, [DeclarePort(configuration, 0), DeclarePort(configuration, 1)])
        {
            Outcomes = ["outward", "inward"],
            NeedsServer = true,
            HidesFlows = true,
        };

    private static PortDeclaration DeclarePort(VlanConfiguration configuration, int port)
    {
        var forward = Treatment.Forward(1 - port) with { Writes = [new HeaderWrite("VLAN", Text(configuration.IdAt(1 - port)))] };
        var never = Treatment.Drop("wrongVlan");
        return new PortDeclaration(configuration.Ports[port])
        {
            Stages = [StageTable.Always(StageResult.OneOf(port == 0 ? Outward : Inward))],
            SwitchStages = [],
            Treatments = port == 0 ? [forward, never] : [never, forward],
        };
    }

    private static string Text(ushort id) => id == 0 ? "none" : id.ToString(CultureInfo.InvariantCulture);
}
