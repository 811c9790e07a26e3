using System.Security.Cryptography;
using Metron.NetworkFunctions.Esp;

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

    /// <summary>Reads a key by its name, when a function is made; throws <see cref="ArgumentException"/> when it is not to be had.</summary>
    public Func<string, EspKey> ReadKey { get; init; } =
        static name => throw new ArgumentException($"there are no keys here, so not '{name}' either");

    /// <summary>
    /// Where the initialization vectors of an association begin. Random, so that a key that is used again, after a restart or by another
    /// server, meets no vector for a second time: with AES-GCM that would give away what was encrypted.
    /// </summary>
    public Func<ulong> DrawVector { get; init; } = static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
