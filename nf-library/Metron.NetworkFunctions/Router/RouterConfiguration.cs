using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.Router;

/// <summary>Configuration of a router.</summary>
public sealed record RouterConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    public IReadOnlyList<RouterPort> RouterPorts { get; init; } = [];

    public IReadOnlyList<Route> Routes { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Ports => [.. RouterPorts.Select(port => port.Name)];

    /// <inheritdoc/>
    public override bool HasNamedPorts => true;

    /// <inheritdoc/>
    public override int PortAt(int side) => -1;

    /// <summary>The distinct next hops in the order in which routes first name them: the router's outcomes. After them comes "no route".</summary>
    public IReadOnlyList<NextHop> NextHops => [.. Routes.Select(route => route.NextHop).Distinct()];

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Indifferent;
}

/// <summary>A port of a router and its own MAC address there.</summary>
public sealed record RouterPort(string Name, MacAddress Mac);

/// <summary>Where a route leads.</summary>
/// <param name="Port">Index of the router's port.</param>
/// <param name="Mac">MAC address of the next hop.</param>
public readonly record struct NextHop(int Port, MacAddress Mac);

/// <summary>A route.</summary>
public sealed record Route(IpPrefix Prefix, NextHop NextHop);
