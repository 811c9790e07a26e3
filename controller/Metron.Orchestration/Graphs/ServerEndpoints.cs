using Metron.NetworkFunctions.Blackbox;
using Metron.NetworkFunctions.Chains;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// The endpoints of a chain that lie on the server: the two interfaces of each closed program. They come behind the endpoints of the spec, in
/// the order of the functions, inside first, and are numbered on.
/// </summary>
public static class ServerEndpoints
{
    /// <summary>The endpoints on the server.</summary>
    public static IReadOnlyList<ServerEndpoint> Of(ChainSpec spec) =>
    [
        .. spec.Functions.Select((function, index) => (function as BlackboxConfiguration, index))
            .Where(pair => pair.Item1 is not null)
            .SelectMany(pair => Enumerable.Range(0, 2).Select(side => new ServerEndpoint(pair.index, pair.Item1!, side))),
    ];

    /// <summary>Name of an endpoint, in the spec or on the server: "clients", "ips.inside".</summary>
    public static string NameOf(ChainSpec spec, int endpoint) =>
        endpoint < spec.Endpoints.Count ? spec.Endpoints[endpoint].Name : Of(spec)[endpoint - spec.Endpoints.Count].Name;

    /// <summary>Names of all endpoints, those on the server last.</summary>
    public static IEnumerable<string> Names(ChainSpec spec) =>
        spec.Endpoints.Select(endpoint => endpoint.Name).Concat(Of(spec).Select(endpoint => endpoint.Name));

    /// <summary>Whether packets leave by an endpoint.</summary>
    public static bool IsEgress(ChainSpec spec, int endpoint) => endpoint >= spec.Endpoints.Count || spec.Endpoints[endpoint].IsEgress;

    /// <summary>Destination MAC that packets get which leave by an endpoint, when no router wrote one.</summary>
    public static MacAddress? PeerMac(ChainSpec spec, int endpoint) => endpoint < spec.Endpoints.Count
        ? spec.Endpoints[endpoint].PeerMac
        : Of(spec)[endpoint - spec.Endpoints.Count] is var onServer ? onServer.Blackbox.MacOf(onServer.Side) : null;
}

/// <summary>An interface of a closed program.</summary>
/// <param name="Function">Index of the blackbox.</param>
/// <param name="Blackbox">The blackbox.</param>
/// <param name="Side">0 for its inside, 1 for its outside.</param>
public sealed record ServerEndpoint(int Function, BlackboxConfiguration Blackbox, int Side)
{
    /// <summary>Port of the blackbox that it is wired to.</summary>
    public int Port => BlackboxConfiguration.FirstProgramPort + Side;

    /// <summary>Name: that of the function and its side, with a dot, which no endpoint of a spec has.</summary>
    public string Name => $"{Blackbox.Name}.{Blackbox.Ports[Side]}";

    /// <summary>
    /// Any packet may come from a closed program. Its outside is where a link begins, so it is on the client side of what follows; its inside
    /// is on the far side of what comes before.
    /// </summary>
    internal GraphEndpoint ToGraph() => new(Name, GraphNode.OfFunction(Function, Port)) { IsOnServer = true, IsClientSide = Side == 1 };
}
