using Metron.NetworkFunctions.Chains;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Finds the MAC address that packets have which leave by an endpoint.</summary>
internal static class EndpointMacs
{
    /// <summary>
    /// The endpoint's own, or that of the router port which every packet to the endpoint passes last. Null when neither is there.
    /// </summary>
    public static MacAddress? LocalMac(FunctionGraph graph, ChainSpec spec, int endpoint) =>
        spec.Endpoints[endpoint].LocalMac
        ?? (RouterPort(graph, endpoint) is { } port ? MacAddress.Parse(graph.Functions[port.Function].Ports[port.Port].Mac!) : null);

    /// <summary>The router port that is linked to the endpoint, directly or through functions that let packets to it come from one port only; null when there is none.</summary>
    public static GraphNode? RouterPort(FunctionGraph graph, int endpoint)
    {
        var node = graph.Endpoints[endpoint].First;
        for (var steps = 0; !node.IsEndpoint && steps <= graph.Functions.Count; steps++)
        {
            if (graph.Functions[node.Function].WritesMacs)
            {
                return node;
            }

            if (OnlyPortTo(graph.Functions[node.Function], node.Port) is not { } port)
            {
                return null;
            }

            // Behind a blackbox's own port is an endpoint: what comes from a closed program has the MAC addresses that the program gave it.
            node = graph.Behind(node.Function, port);
        }

        return null;
    }

    /// <summary>The port that everything comes by which leaves by another; null when there are several.</summary>
    private static int? OnlyPortTo(FunctionDeclaration function, int exit)
    {
        var ports = Enumerable.Range(0, function.Ports.Count)
            .Where(port => function.Ports[port].Treatments.Any(treatment => treatment.ExitPort == exit))
            .ToList();
        return ports.Count == 1 ? ports[0] : null;
    }
}
