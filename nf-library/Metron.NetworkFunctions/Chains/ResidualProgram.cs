using System.Text.Json.Serialization;
using Metron.Packets;

namespace Metron.NetworkFunctions.Chains;

/// <summary>
/// What is left of a chain for a server, for all of its workers there: the functions it still runs, where tagged packets enter them, how
/// they are wired, and how packets leave. Functions, ports and endpoints are referred to by index.
/// </summary>
/// <param name="Chain">Name of the chain.</param>
/// <param name="Revision">Revision of the chain.</param>
/// <param name="TagKind">How packets are tagged to and from the server.</param>
public sealed record ResidualProgram(string Chain, long Revision, TagKind TagKind)
{
    /// <summary>Names of the chain's endpoints; others refer to them by index.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];

    /// <summary>The functions; others refer to them by index.</summary>
    public IReadOnlyList<NetworkFunctionConfiguration> Functions { get; init; } = [];

    public IReadOnlyList<IngressTag> IngressTags { get; init; } = [];

    public IReadOnlyList<EgressTag> EgressTags { get; init; } = [];

    /// <summary>Where a packet goes that leaves a function by a port; both directions of every link are listed.</summary>
    public IReadOnlyList<Wire> Wires { get; init; } = [];

    public IReadOnlyList<ResidualClass> Classes { get; init; } = [];

    /// <summary>Fewest workers that the chain shall have on a server that balances flow groups; 0 where the placement says it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MinimumWorkers { get; init; }

    /// <summary>Most workers that the chain shall have on a server that balances flow groups; 0 for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MaximumWorkers { get; init; }
}

/// <summary>How packets are tagged.</summary>
public enum TagKind
{
    /// <summary>By VLAN id in a single 802.1Q header.</summary>
    Vlan,

    /// <summary>To the server by destination MAC 02:4d:54:xx:xx:xx, back by source MAC 02:4d:54:xx:xx:xx.</summary>
    Mac,

    /// <summary>By VLAN id in an 802.1ad service tag (Ethernet type 0x88a8) around whatever the packet has.</summary>
    QinQ,

    /// <summary>By a label in an MPLS header of its own: 18 bits of tag, then two that say what is behind it.</summary>
    Mpls,

    /// <summary>By the differentiated services code point, 1 to 63, whose own value is lost.</summary>
    Dscp,
}

/// <summary>A tag that packets arrive with.</summary>
/// <param name="Value">VLAN id, low 24 bits of the MAC, label without its low two bits, or code point; see <see cref="TagRange"/>.</param>
/// <param name="Worker">
/// Index of the worker on the server; on a server with flow groups that move between workers: number of the flow group, or <see cref="AnyGroup"/>.
/// </param>
/// <param name="Endpoint">Endpoint where the packets entered.</param>
/// <param name="Entry">Function and port where the residual program begins.</param>
/// <param name="Steering">The field whose bits chose this tag.</param>
/// <param name="SteeringMask">2^(k+1) - 2 (bits 1 to k); 0 when the endpoint has one tag only.</param>
/// <param name="SteeringValues">The values of field &amp; mask that this tag stands for.</param>
public sealed record IngressTag(
    uint Value, int Worker, int Endpoint, FunctionPort Entry, SteeringField Steering, ushort SteeringMask, IReadOnlyList<ushort> SteeringValues)
{
    /// <summary>Stands for all flow groups: the NIC's hash of a packet names its group.</summary>
    public const int AnyGroup = -1;
}

/// <summary>Which port of TCP and UDP packets decides the worker; all other packets go to the tag that holds value 0.</summary>
public enum SteeringField
{
    None,
    SourcePort,
    DestinationPort,
}

/// <summary>How packets to an endpoint leave.</summary>
/// <param name="Endpoint">Endpoint.</param>
/// <param name="Value">As of <see cref="IngressTag"/>; by MAC address, it is the source MAC's.</param>
/// <param name="PeerMac">Destination MAC to write when no router on the way wrote one.</param>
/// <param name="IsEgress">False: packets to it are dropped, reason <see cref="DropReason.NotAnEgress"/>.</param>
public sealed record EgressTag(int Endpoint, uint Value, MacAddress? PeerMac, bool IsEgress = true);

/// <summary>A port of a function, by indices.</summary>
public readonly record struct FunctionPort(int Function, int Port);

/// <summary>A wire seen from one end: to another function's port, or (when <paramref name="ToEndpoint"/> is not negative) to an endpoint.</summary>
public readonly record struct Wire(FunctionPort From, FunctionPort To, int ToEndpoint = -1);

/// <summary>A traffic class as the server can tell it.</summary>
/// <param name="Id">Id in the chain's revision; the same for several decisions that come to the same.</param>
/// <param name="Ingress">Endpoint where packets enter.</param>
/// <param name="Decisions">Function and outcome, in the order met.</param>
/// <param name="Egress">Endpoint where they leave.</param>
public sealed record ResidualClass(int Id, int Ingress, IReadOnlyList<Decision> Decisions, int Egress);

/// <summary>A function's outcome.</summary>
public readonly record struct Decision(int Function, int Outcome);
