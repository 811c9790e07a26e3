using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.NeighborResponder;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.NetworkFunctions.L3Switch;

/// <summary>What a layer 3 switch's configuration comes to: a router, subnets, and answers. Immutable, made once for all workers.</summary>
public sealed class L3SwitchTables
{
    private static readonly ConditionalWeakTable<L3SwitchConfiguration, L3SwitchTables> Known = [];

    private readonly IpPrefix[] _subnets;
    private readonly FrozenSet<IpAddress> _neighbors;

    private L3SwitchTables(L3SwitchConfiguration configuration)
    {
        Router = new RouterConfiguration(configuration.Name)
        {
            RouterPorts = [.. configuration.SwitchPorts.Select(port => new RouterPort(port.Name, port.Mac))],
            Routes =
            [
                .. configuration.Neighbors.Select(neighbor => new Route(new IpPrefix(neighbor.Address, neighbor.Address.Width), neighbor.Hop)),
                .. configuration.Routes,
            ],
        };
        _subnets = [.. SubnetsOf(configuration)];
        _neighbors = configuration.Neighbors.Select(neighbor => neighbor.Address).ToFrozenSet();
        Answers =
        [
            .. configuration.SwitchPorts.Select(port => new NeighborAnswers(
                port.Addresses.Select(own => new NeighborAnswer(new IpPrefix(own.Address, own.Address.Width), port.Mac) { IsRouter = true }))),
        ];
    }

    /// <summary>A router with a route for each neighbour, and the configured ones.</summary>
    public RouterConfiguration Router { get; }

    /// <summary>What is answered to those who ask by a port, by its index.</summary>
    internal IReadOnlyList<NeighborAnswers> Answers { get; }

    /// <summary>The tables of a configuration.</summary>
    public static L3SwitchTables Of(L3SwitchConfiguration configuration) => Known.GetValue(configuration, value => new L3SwitchTables(value));

    /// <summary>The subnets of all ports.</summary>
    public static IEnumerable<IpPrefix> SubnetsOf(L3SwitchConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.SwitchPorts.SelectMany(port => port.Addresses).Select(own => own.Subnet).Distinct();
    }

    /// <summary>Whether an address is in a subnet, but no neighbour's: routes out of the subnets are not for it.</summary>
    public bool IsUnknownNeighbor(IpAddress address)
    {
        foreach (var subnet in _subnets)
        {
            if (subnet.Contains(address))
            {
                return !_neighbors.Contains(address);
            }
        }

        return false;
    }
}
