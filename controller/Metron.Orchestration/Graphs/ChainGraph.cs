using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Declarations;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Turns a chain with names into a graph with indices. Endpoints and functions keep their order.</summary>
internal static class ChainGraph
{
    /// <summary>The port that a two-sided function's <c>to</c> attaches to.</summary>
    public const int Inside = 0;

    /// <summary>The port that a two-sided function's <c>from</c> attaches to.</summary>
    public const int Outside = 1;

    /// <summary>The graph of a chain whose links are right.</summary>
    /// <param name="spec">The chain.</param>
    /// <param name="declare">Declares a function; null: from its configuration.</param>
    public static FunctionGraph Build(ChainSpec spec, Func<NetworkFunctionConfiguration, FunctionDeclaration>? declare = null)
    {
        var endpoints = new GraphNode[spec.Endpoints.Count];
        var isClientSide = new bool[spec.Endpoints.Count];
        var wires = spec.Functions.Select(function => new GraphNode[function.Ports.Count]).ToArray();
        var onServer = ServerEndpoints.Of(spec);
        for (var i = 0; i < onServer.Count; i++)
        {
            wires[onServer[i].Function][onServer[i].Port] = GraphNode.OfEndpoint(spec.Endpoints.Count + i);
        }

        foreach (var link in spec.Links)
        {
            var from = Resolve(spec, link.From, Outside);
            var to = Resolve(spec, link.To, Inside);
            Connect(from, to);
            Connect(to, from);
            if (from.IsEndpoint)
            {
                isClientSide[from.Endpoint] = true;
            }
        }

        return new FunctionGraph(
            [
                .. spec.Endpoints.Select((endpoint, index) => new GraphEndpoint(endpoint.Name, endpoints[index])
                {
                    Match = endpoint.Match.ToHeaderMatch(),
                    IsIngress = endpoint.IsIngress,
                    IsEgress = endpoint.IsEgress,
                    IsClientSide = isClientSide[index],
                }),
                .. onServer.Select(endpoint => endpoint.ToGraph()),
            ],
            [.. spec.Functions.Select(declare ?? FunctionDeclarations.Of)],
            wires);

        void Connect(GraphNode at, GraphNode other)
        {
            if (at.IsEndpoint)
            {
                endpoints[at.Endpoint] = other;
            }
            else
            {
                wires[at.Function][at.Port] = other;
            }
        }
    }

    /// <summary>Index of a function's port: by name where the link names one, else by the side that the link attaches to.</summary>
    /// <returns>-1 when there is none.</returns>
    public static int PortOf(NetworkFunctionConfiguration function, string? port, int side) =>
        port is null ? function.PortAt(side)
        : function.HasNamedPorts ? function.Ports.ToList().IndexOf(port)
        : -1;

    private static GraphNode Resolve(ChainSpec spec, Attachment attachment, int side)
    {
        var endpoint = spec.Endpoints.ToList().FindIndex(candidate => candidate.Name == attachment.Element);
        if (endpoint >= 0)
        {
            return GraphNode.OfEndpoint(endpoint);
        }

        var function = spec.Functions.ToList().FindIndex(candidate => candidate.Name == attachment.Element);
        return GraphNode.OfFunction(function, PortOf(spec.Functions[function], attachment.Port, side));
    }
}
