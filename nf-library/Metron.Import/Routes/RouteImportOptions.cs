using Metron.Import.Syntax;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Import.Routes;

/// <summary>Where a next hop is: the router's port by name, and the MAC address there.</summary>
public readonly record struct NextHopPlace(string Port, MacAddress Mac);

/// <summary>What becomes of routes to networks that are directly connected, where every host has a MAC address of its own.</summary>
public enum ConnectedRoutes
{
    /// <summary>They are problems: a route of Metron has one next hop.</summary>
    Refuse,

    /// <summary>One route per neighbour of the interface that the network has; other hosts of it have no route.</summary>
    Hosts,

    /// <summary>They are left out: their hosts have no route.</summary>
    Skip,
}

/// <summary>What the operator says about routes.</summary>
public sealed record RouteImportOptions
{
    /// <summary>Name of the router.</summary>
    public string Name { get; init; } = "rt";

    /// <summary>The router's ports, at least two.</summary>
    public IReadOnlyList<RouterPort> Ports { get; init; } = [];

    /// <summary>Next hops by address.</summary>
    public IReadOnlyDictionary<IpAddress, NextHopPlace> NextHops { get; init; } = new Dictionary<IpAddress, NextHopPlace>();

    /// <summary>Which port an interface of the source is; an interface that is not named here is the port of the same name.</summary>
    public IReadOnlyDictionary<string, string> Interfaces { get; init; } = new Dictionary<string, string>();

    /// <summary>Output of 'ip -j neigh': next hops that <see cref="NextHops"/> does not have.</summary>
    public IReadOnlyList<SourceText> Neighbors { get; init; } = [];

    /// <summary>What becomes of directly connected networks.</summary>
    public ConnectedRoutes Connected { get; init; }
}
