using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// What tags look like to a verification: how they are put on packets, known and taken off. Written from what docs/architecture.md says, not from what
/// writes the rules.
/// </summary>
internal static class TagChanges
{
    private const ulong TagMac = 0x024d_5400_0000UL;
    private const ushort Arp = 0x0806;
    private const ushort Mpls = 0x8847;

    /// <summary>The packet with a tag for a worker, changed so far in another way.</summary>
    public static PacketChange Put(TagKind kind, uint tag, ushort etherType, PacketChange change) => kind switch
    {
        TagKind.Vlan => change with { PushedVlan = (ushort)tag },
        TagKind.QinQ => change with { PushedVlan = (ushort)tag, IsServiceTag = true },
        TagKind.Mpls => change with { PushedLabel = Label(tag, etherType) },
        TagKind.Dscp => change with { Dscp = (byte)tag },
        _ => change with { DestinationMac = TagMac | tag },
    };

    /// <summary>The packet without its egress tag, as those of an endpoint are.</summary>
    /// <param name="kind">The kind of tag.</param>
    /// <param name="etherType">What is behind it.</param>
    /// <param name="vlan">VLAN of the endpoint that the chain does not write itself; null for none.</param>
    /// <param name="localMac">Source MAC of what leaves there.</param>
    public static PacketChange TakeOff(TagKind kind, ushort etherType, ushort? vlan, ulong? localMac) => kind switch
    {
        TagKind.Vlan => new PacketChange { IsVlanRemoved = vlan is null, RewrittenVlan = vlan },
        TagKind.QinQ => new PacketChange { IsVlanRemoved = true, PushedVlan = vlan },
        TagKind.Mpls => new PacketChange { RemovedLabelFrom = etherType, PushedVlan = vlan },
        TagKind.Dscp => new PacketChange { Dscp = 0, PushedVlan = vlan },
        _ => new PacketChange { SourceMac = localMac, PushedVlan = vlan },
    };

    /// <summary>The Ethernet types of an endpoint's packets for which there are rules of their own; 0 alone where the kind of tag needs none.</summary>
    public static IReadOnlyList<ushort> Types(TagKind kind, ChainSpec spec, int endpoint)
    {
        if (kind is not (TagKind.Mpls or TagKind.Dscp))
        {
            return [0];
        }

        List<ushort> types = [HeaderFields.Ipv4EtherType, HeaderFields.Ipv6EtherType];
        if (kind == TagKind.Mpls && endpoint < spec.Endpoints.Count)
        {
            types.AddRange(spec.TakesNeighbors(endpoint) ? [Arp] : []);
            types.AddRange(spec.FramesOf(endpoint) == LinkFrames.Labelled ? [Mpls] : []);
        }

        return types;
    }

    /// <summary>The packets from a server that carry a tag.</summary>
    public static IEnumerable<HeaderCube> Cubes(TagKind kind, uint tag, ushort etherType, bool isEgress) => kind switch
    {
        TagKind.Vlan or TagKind.QinQ => OfAnyKind(HeaderField.Vlan, tag | 0x1000UL),
        TagKind.Mpls => [HeaderCube.AllOther.With(HeaderField.EtherType, FieldSet.Of(Mpls)).With(HeaderField.MplsLabel, FieldSet.Of(Label(tag, etherType)))],
        TagKind.Dscp => [Of(etherType).With(HeaderField.Dscp, FieldSet.Of(tag))],
        _ => OfAnyKind(isEgress ? HeaderField.SourceMac : HeaderField.DestinationMac, TagMac | tag),
    };

    /// <summary>The packets of an Ethernet type; all for 0.</summary>
    public static HeaderSpace OfType(HeaderSpace packets, ushort etherType) => etherType == 0
        ? packets
        : new([.. packets.Cubes.Select(cube => cube.Intersect(Of(etherType))).OfType<HeaderCube>()]);

    private static IEnumerable<HeaderCube> OfAnyKind(HeaderField field, ulong value) =>
        new[] { HeaderCube.AllV4, HeaderCube.AllV6, HeaderCube.AllOther }.Select(cube => cube.With(field, FieldSet.Of(value)));

    private static HeaderCube Of(ushort etherType) => etherType switch
    {
        HeaderFields.Ipv4EtherType => HeaderCube.AllV4,
        HeaderFields.Ipv6EtherType => HeaderCube.AllV6,
        _ => HeaderCube.AllOther.With(HeaderField.EtherType, FieldSet.Of(etherType)),
    };

    /// <summary>18 bits of tag, and two for what is behind: 0 IPv4, 1 IPv6, 2 ARP, 3 MPLS.</summary>
    private static uint Label(uint tag, ushort etherType) => (tag * 4) + etherType switch
    {
        HeaderFields.Ipv4EtherType => 0u,
        HeaderFields.Ipv6EtherType => 1u,
        Arp => 2u,
        _ => 3u,
    };
}
