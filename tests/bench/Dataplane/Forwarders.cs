using Metron.Dpdk;

namespace Metron.Bench.Dataplane;

/// <summary>Makes the forwarder of a case.</summary>
internal static class Forwarders
{
    /// <param name="name">First part of a case's name: "C0".</param>
    /// <param name="device">A started device.</param>
    public static IForwarder Create(string name, EthernetDevice device) => name switch
    {
        "C0" => new IoForwarder(device),
        _ => throw new ArgumentException($"no forwarder for case '{name}'"),
    };
}
