namespace Metron.NetworkFunctions.Runtime;

/// <summary>What a worker lets each of its functions have.</summary>
public sealed record WorkerResources
{
    /// <summary>What a function has when nothing else is said.</summary>
    public static WorkerResources Default { get; } = new();

    /// <summary>
    /// Most connections (firewall, load balancer) or bindings (NAPT) of one function on the worker. Memory grows with what is used.
    /// </summary>
    public int MaximumConnections { get; init; } = 262_144;

    /// <summary>Most pairs of addresses that a monitor counts on the worker, both directions together.</summary>
    public int MaximumTalkers { get; init; } = 32_768;

    /// <summary>Seed of the hash tables that traffic fills: a secret random number keeps strangers from filling one bucket.</summary>
    public ulong HashSeed { get; init; }
}
