using Metron.Synthesis;

namespace Metron.NetworkFunctions.L2Switch;

/// <summary>
/// What a layer 2 switch does, as data. Outcomes: one for each port, then "unknown". Traffic classes are told apart by IP headers and ports, which say nothing of MAC addresses: every
/// outcome that the table has is possible for every packet.
/// </summary>
public static class L2SwitchDeclaration
{
    public static FunctionDeclaration Declare(L2SwitchConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var unknown = configuration.SwitchPorts.Count;
        List<int> possible = [.. configuration.Hosts.Select(host => host.Port).Append(configuration.DefaultPort ?? unknown).Distinct().Order()];
        return new FunctionDeclaration(configuration.Name, [.. configuration.SwitchPorts.Select((_, port) => DeclarePort(configuration, port, possible))])
        {
            Outcomes = [.. configuration.SwitchPorts.Select(port => $"to {port}"), "unknown"],
            NeedsServer = true,
        };
    }

    private static PortDeclaration DeclarePort(L2SwitchConfiguration configuration, int port, List<int> possible) => new(configuration.SwitchPorts[port])
    {
        Stages = [StageTable.Always(StageResult.OneOf([.. possible]))],
        SwitchStages = [],
        Treatments =
        [
            .. Enumerable.Range(0, configuration.SwitchPorts.Count).Select(to => to == port ? Treatment.Drop("routeToIngress") with { Needs = "is for a host behind the same port" }
                : Treatment.Forward(to) with { Needs = $"is for a MAC address behind {configuration.SwitchPorts[to]}" }),
            Treatment.Drop("unknownMac") with { Needs = "is for a MAC address that is not known" },
        ],
    };
}
