using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Firewall;
using Metron.NetworkFunctions.Router;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Optimization;

/// <summary>Finds rules and routes that have no effect, and gives the function without them. Pure; results are kept for as long as the configuration.</summary>
public static class FunctionOptimizer
{
    private static readonly ConditionalWeakTable<NetworkFunctionConfiguration, OptimizedFunction> Known = [];

    /// <summary>The function by itself, whatever packets come to it.</summary>
    public static OptimizedFunction Optimize(NetworkFunctionConfiguration configuration) => Optimize(configuration, before: null);

    /// <summary>The function by itself, whatever packets come to it.</summary>
    /// <param name="configuration">The function as written.</param>
    /// <param name="before">
    /// What this method made of an earlier version of the function, so that only what changed is looked into. The result is the same without.
    /// </param>
    public static OptimizedFunction Optimize(NetworkFunctionConfiguration configuration, OptimizedFunction? before) =>
        Known.TryGetValue(configuration, out var known) ? known : Known.GetValue(configuration, key => key switch
        {
            FirewallConfiguration firewall => FirewallOptimizer.Optimize(firewall, before),
            RouterConfiguration router => RouterOptimizer.Optimize(router),
            _ => new OptimizedFunction(key),
        });

    /// <summary>The function without what no packet can come to either, because of where it stands in the chain.</summary>
    /// <param name="configuration">The function as written.</param>
    /// <param name="arrivals">For each port, at least the packets that can enter by it.</param>
    public static OptimizedFunction Optimize(NetworkFunctionConfiguration configuration, IReadOnlyList<HeaderSpace> arrivals) =>
        LeaveOutUnreachable(configuration, Optimize(configuration), arrivals);

    /// <summary>The function as written, but for what no packet can come to because of where it stands in the chain.</summary>
    /// <param name="configuration">The function as written.</param>
    /// <param name="arrivals">For each port, at least the packets that can enter by it.</param>
    public static NetworkFunctionConfiguration WithoutUnreachable(NetworkFunctionConfiguration configuration, IReadOnlyList<HeaderSpace> arrivals) =>
        LeaveOutUnreachable(configuration, new OptimizedFunction(configuration), arrivals).Configuration;

    private static OptimizedFunction LeaveOutUnreachable(
        NetworkFunctionConfiguration configuration, OptimizedFunction known, IReadOnlyList<HeaderSpace> arrivals) => configuration switch
        {
            FirewallConfiguration firewall => FirewallOptimizer.LeaveOutUnreachable(firewall, known, arrivals),
            RouterConfiguration router => RouterOptimizer.LeaveOutUnreachable(router, known, arrivals),
            _ => known,
        };
}
