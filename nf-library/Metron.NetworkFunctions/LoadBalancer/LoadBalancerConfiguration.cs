using Metron.NetworkFunctions.Hashing;
using Metron.Packets;

namespace Metron.NetworkFunctions.LoadBalancer;

/// <summary>Configuration of an L4 load balancer.</summary>
public sealed record LoadBalancerConfiguration(string Name) : NetworkFunctionConfiguration(Name)
{
    public IReadOnlyList<VirtualService> Services { get; init; } = [];

    /// <summary>How long the backend of an idle connection is remembered, other than established TCP.</summary>
    public TimeSpan Affinity { get; init; } = TimeSpan.FromSeconds(300);

    /// <inheritdoc/>
    public override HashDispatchTraits UnderHashDispatch => HashDispatchTraits.Impossible(
        "has backends whose answers hash to other flow groups than the packets that they answer to");
}

/// <summary>A virtual service and its backends.</summary>
/// <param name="Name">Name.</param>
/// <param name="Address">Virtual IP.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="Port">Virtual port.</param>
/// <param name="Backends">Backends, all of the IP version of the address.</param>
/// <param name="ByClientAddress">Whether all connections of a client address go to the same backend.</param>
public sealed record VirtualService(
    string Name, IpAddress Address, byte Protocol, ushort Port, IReadOnlyList<Backend> Backends, bool ByClientAddress);

/// <summary>A backend.</summary>
/// <param name="Address">Address.</param>
/// <param name="Port">Port, never 0.</param>
/// <param name="Weight">Share of new connections, 0-1000.</param>
public sealed record Backend(IpAddress Address, ushort Port, int Weight);
