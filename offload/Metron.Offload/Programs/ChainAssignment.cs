using Metron.OpenFlow;
using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>What a chain's switch part needs besides the chain itself: its name and numbers, ports, tags and positions.</summary>
/// <param name="Chain">Name of the chain.</param>
/// <param name="ChainNumber">Number in cookies.</param>
/// <param name="Revision">Revision; its low 16 bits stand in cookies.</param>
/// <param name="Encoding">How packets are tagged.</param>
public sealed record ChainAssignment(string Chain, uint ChainNumber, long Revision, TagEncoding Encoding)
{
    /// <summary>Endpoints, by their index in the graph.</summary>
    public IReadOnlyList<EndpointPort> Endpoints { get; init; } = [];

    /// <summary>Metadata value for each function port on the switch's paths, by ingress endpoint.</summary>
    public IReadOnlyDictionary<PositionKey, uint> Positions { get; init; } = new Dictionary<PositionKey, uint>();

    public IReadOnlyList<IngressTagRules> IngressTags { get; init; } = [];

    public IReadOnlyList<EgressTagRules> EgressTags { get; init; } = [];

    /// <summary>Switch ports that the chain's workers send to.</summary>
    public IReadOnlyList<uint> ServerPorts { get; init; } = [];

    /// <summary>Whether ARP and neighbour discovery pass between endpoints 0 and 1.</summary>
    public bool PassNeighborDiscovery { get; init; }

    /// <summary>Traffic classes, to say which one a rule counts.</summary>
    public IReadOnlyList<TrafficClass> Classes { get; init; } = [];
}

/// <summary>How packets are tagged.</summary>
public enum TagEncoding
{
    /// <summary>By VLAN id in a single 802.1Q header.</summary>
    VlanId,

    /// <summary>To servers by destination MAC 02:4d:54 and 24 bits of tag, back by the same as source MAC.</summary>
    MacAddress,

    /// <summary>By VLAN id in an 802.1ad service tag.</summary>
    ServiceVlan,

    /// <summary>By 18 bits of an MPLS label, whose other two say what is behind it.</summary>
    MplsLabel,

    /// <summary>By differentiated services code point, which is 0 when the packet leaves the chain.</summary>
    Dscp,
}

/// <summary>An endpoint as the switch sees it.</summary>
/// <param name="Port">OpenFlow port number; of several, the one that packets leave by where there is no group.</param>
/// <param name="Vlan">VLAN id 1-4094, or 0 for untagged.</param>
/// <param name="LocalMac">Source MAC of what leaves here; needed with <see cref="TagEncoding.MacAddress"/> when something comes from a server.</param>
public sealed record EndpointPort(uint Port, ushort Vlan, HardwareAddress? LocalMac)
{
    /// <summary>Whether the chain sees the VLAN header of packets: it stays on what comes in, and is there on what leaves.</summary>
    public bool KeepsVlan { get; init; }

    /// <summary>Whether ARP requests and neighbour solicitations go to the server, past the tables of functions: one there answers them.</summary>
    public bool TakesNeighbors { get; init; }

    /// <summary>Whether what comes in has MPLS labels, which switches do not look behind, instead of being IPv4 and IPv6.</summary>
    public bool IsLabelled { get; init; }

    /// <summary>Number of the meter that its packets pass first; 0 for none.</summary>
    public uint Meter { get; init; }

    /// <summary>More ports that its packets come by.</summary>
    public IReadOnlyList<uint> MorePorts { get; init; } = [];

    /// <summary>Number of the group that what leaves here goes to; 0 when it leaves by <see cref="Port"/> alone.</summary>
    public uint Group { get; init; }

    /// <summary>All ports that its packets come by.</summary>
    public IEnumerable<uint> Ports => MorePorts.Prepend(Port);
}

/// <summary>Names a position: packets that entered by an endpoint and are about to enter a function by a port.</summary>
public readonly record struct PositionKey(int Endpoint, int Function, int Port);

/// <summary>A tag towards a worker.</summary>
/// <param name="Value">VLAN id, 24 bits of a MAC, 18 bits of a label, or a code point.</param>
/// <param name="Endpoint">Where the packets entered.</param>
/// <param name="Worker">Index of the worker, for humans.</param>
/// <param name="SwitchPort">Port that leads to it.</param>
/// <param name="UsesSourcePort">Whether bits of the source port choose (else those of the destination port).</param>
/// <param name="Mask">Which bits, without gaps: 0 when the endpoint has one tag.</param>
/// <param name="Values">The values under the mask that it stands for.</param>
public sealed record IngressTagRules(
    uint Value, int Endpoint, int Worker, uint SwitchPort, bool UsesSourcePort, ushort Mask, IReadOnlyList<ushort> Values);

/// <summary>A tag from a server towards an endpoint.</summary>
public sealed record EgressTagRules(uint Value, int Endpoint);
