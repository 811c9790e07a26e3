using System.Text.Json.Serialization;
using Metron.Packets;

namespace Metron.NetworkFunctions.Chains;

/// <summary>A service chain as the operator wrote it, with every field read; references by name are not resolved yet.</summary>
public sealed record ChainSpec(string Name)
{
    public IReadOnlyList<ChainEndpoint> Endpoints { get; init; } = [];

    public IReadOnlyList<NetworkFunctionConfiguration> Functions { get; init; } = [];

    public IReadOnlyList<ChainLink> Links { get; init; } = [];

    public ChainResources Resources { get; init; } = new();

    /// <summary>Whether ARP and neighbour discovery pass between the two endpoints.</summary>
    public bool PassNeighborDiscovery { get; init; }

    /// <summary>Whether packets may leave with DSCP 0 whatever they came with, as they do where the switch tags by it.</summary>
    public bool DscpMayBeLost { get; init; }
}

/// <summary>A point where traffic enters and leaves.</summary>
/// <param name="Name">Name within the chain.</param>
/// <param name="Switch">Name of the switch.</param>
/// <param name="Port">OpenFlow port number.</param>
public sealed record ChainEndpoint(string Name, string Switch, uint Port)
{
    public PacketMatch Match { get; init; } = PacketMatch.Any;

    /// <summary>VLAN id 1-4094, or 0 for untagged.</summary>
    public ushort Vlan { get; init; }

    /// <summary>Whether traffic enters here.</summary>
    public bool IsIngress { get; init; } = true;

    /// <summary>Whether traffic leaves here.</summary>
    public bool IsEgress { get; init; } = true;

    /// <summary>MAC of the attached host or gateway.</summary>
    public MacAddress? PeerMac { get; init; }

    /// <summary>MAC that the chain answers with.</summary>
    public MacAddress? LocalMac { get; init; }

    /// <summary>More ports of the endpoint, the first to be taken first; what arrives there arrives at the endpoint.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PortList BackupPorts { get; init; }

    /// <summary>Which of the ports packets leave by.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PortUse PortUse { get; init; }

    /// <summary><see cref="Port"/>, then <see cref="BackupPorts"/>.</summary>
    public PortList Ports => [Port, .. BackupPorts];
}

/// <summary>Which of an endpoint's ports packets leave by.</summary>
public enum PortUse
{
    /// <summary>By the first one that is up.</summary>
    Failover,

    /// <summary>By all that are up, the packets of a flow by one of them.</summary>
    Spread,
}

/// <summary>A wire: from an outside to an inside.</summary>
public sealed record ChainLink(Attachment From, Attachment To);

/// <summary>An endpoint, a function, or a function's port.</summary>
/// <param name="Element">Name of the endpoint or function.</param>
/// <param name="Port">Name of the port; null where none is named.</param>
public readonly record struct Attachment(string Element, string? Port)
{
    /// <summary>"element" or "element.port".</summary>
    public override string ToString() => Port is null ? Element : $"{Element}.{Port}";
}

/// <summary>What the chain may use of the servers.</summary>
public sealed record ChainResources
{
    /// <summary>Fewest workers, at least 1.</summary>
    public int MinimumCores { get; init; } = 1;

    /// <summary>Most workers; 0 for all of the server.</summary>
    public int MaximumCores { get; init; }

    /// <summary>Server to run on; null lets the controller choose.</summary>
    public string? Server { get; init; }

    /// <summary>Labels that the server must have, with these values; empty for any server.</summary>
    public IReadOnlyDictionary<string, string> ServerLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of chains that must not run on the same server.</summary>
    public IReadOnlyList<string> ApartFrom { get; init; } = [];
}
