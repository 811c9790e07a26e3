using Metron.NetworkFunctions.Hashing;
using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.NetworkFunctions.L3Switch;

/// <summary>Configuration of a layer 3 switch: a router with addresses of its own, in the subnets of its ports.</summary>
public sealed record L3SwitchConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    public IReadOnlyList<L3SwitchPort> SwitchPorts { get; init; } = [];

    /// <summary>Hosts and routers in the subnets; each address once.</summary>
    public IReadOnlyList<L3SwitchNeighbor> Neighbors { get; init; } = [];

    /// <summary>Ways out of the subnets; each prefix once, none within a subnet.</summary>
    public IReadOnlyList<Route> Routes { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Ports => [.. SwitchPorts.Select(port => port.Name)];

    /// <inheritdoc/>
    public override bool HasNamedPorts => true;

    /// <inheritdoc/>
    public override int PortAt(int side) => -1;

    /// <inheritdoc/>
    public override bool AnswersNeighborsAt(int port) => SwitchPorts[port].Addresses.Count > 0;

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}

/// <summary>A port of a layer 3 switch.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mac">The switch's MAC address there.</param>
public sealed record L3SwitchPort(string Name, MacAddress Mac)
{
    /// <summary>The switch's addresses there, and their subnets.</summary>
    public IReadOnlyList<PortAddress> Addresses { get; init; } = [];
}

/// <summary>An address in a subnet.</summary>
public readonly record struct PortAddress(IpAddress Address, IpPrefix Subnet);

/// <summary>A host or router in a subnet.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Hop">The port in whose subnet it is, and its MAC address.</param>
public sealed record L3SwitchNeighbor(IpAddress Address, NextHop Hop);
