using Metron.Packets;

namespace Metron.NetworkFunctions.Runtime;

/// <summary>What a function tells about itself for statistics.</summary>
public sealed class FunctionReport
{
    /// <summary>Named counters and gauges, in camel case: "bindings", "connections", "drop.noRoute".</summary>
    public Dictionary<string, long> Counters { get; } = [];

    /// <summary>Top talkers, largest first.</summary>
    public List<Talker> TopTalkers { get; } = [];
}

/// <summary>A pair of addresses that exchanged much traffic.</summary>
public readonly record struct Talker(IpAddress Source, IpAddress Destination, ulong Packets, ulong Bytes);
