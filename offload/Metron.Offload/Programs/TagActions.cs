using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Matches and actions that deal with tags and VLANs.</summary>
internal static class TagActions
{
    private const int LabelTypeBits = 2;

    /// <summary>Stands for frames of any kind, where the tag is written and removed alike for all.</summary>
    private static readonly IReadOnlyList<ushort> AnyType = [0];

    /// <summary>The MAC that stands for a tag: 02:4d:54 and 24 bits.</summary>
    public static HardwareAddress Mac(uint tag) => new(0x024d_5400_0000UL | (tag & 0xffffff));

    /// <summary>
    /// The label that stands for a tag and what is behind it. A label says nothing about that (RFC 3032 section 2.2), and who removes the last one must
    /// write the Ethernet type anew; so each tag has four labels.
    /// </summary>
    public static uint Label(uint tag, ushort etherType) => tag << LabelTypeBits | etherType switch
    {
        EtherType.Ipv4 => 0u,
        EtherType.Ipv6 => 1u,
        EtherType.Arp => 2u,
        _ => 3u, // MPLS
    };

    /// <summary>The Ethernet types that the packets of an endpoint have and that need rules of their own; 0 alone where none do.</summary>
    public static IReadOnlyList<ushort> Types(TagEncoding encoding, EndpointPort endpoint) => encoding switch
    {
        TagEncoding.Dscp => [EtherType.Ipv4, EtherType.Ipv6],
        TagEncoding.MplsLabel =>
        [
            EtherType.Ipv4,
            EtherType.Ipv6,
            .. endpoint.TakesNeighbors ? [EtherType.Arp] : Array.Empty<ushort>(),
            .. endpoint.IsLabelled ? [EtherType.Mpls] : Array.Empty<ushort>(),
        ],
        _ => AnyType,
    };

    /// <summary>A match of packets of an Ethernet type; none for 0.</summary>
    public static IEnumerable<OxmField> OfType(ushort etherType) => etherType == 0 ? [] : [OxmField.EthernetType(etherType)];

    /// <summary>The VLAN of an endpoint's packets on the wire.</summary>
    public static OxmField OnWire(EndpointPort endpoint) => endpoint.Vlan == 0 ? OxmField.VlanAbsent() : OxmField.VlanId(endpoint.Vlan);

    /// <summary>Removes an endpoint's VLAN.</summary>
    public static IEnumerable<OpenFlowAction> Strip(EndpointPort endpoint) => endpoint.Vlan == 0 ? [] : [new PopVlanAction()];

    /// <summary>Removes an endpoint's VLAN where the chain does not see it.</summary>
    public static IEnumerable<OpenFlowAction> Enter(EndpointPort endpoint) => endpoint.KeepsVlan ? [] : Strip(endpoint);

    /// <summary>Puts a VLAN header on a packet that has none.</summary>
    public static IEnumerable<OpenFlowAction> Push(ushort vlan) =>
        vlan == 0 ? [] : [new PushVlanAction(EtherType.Vlan), new SetFieldAction(OxmField.VlanId(vlan))];

    /// <summary>Writes the tag for a worker on an untagged packet of an Ethernet type.</summary>
    public static IEnumerable<OpenFlowAction> Write(TagEncoding encoding, uint tag, ushort etherType) => encoding switch
    {
        TagEncoding.VlanId => Push((ushort)tag),
        TagEncoding.ServiceVlan => [new PushVlanAction(EtherType.ServiceVlan), new SetFieldAction(OxmField.VlanId((ushort)tag))],
        TagEncoding.MplsLabel => [new PushMplsAction(EtherType.Mpls), new SetFieldAction(OxmField.MplsLabel(Label(tag, etherType)))],
        TagEncoding.Dscp => [new SetFieldAction(OxmField.IpDscp((byte)tag))],
        _ => [new SetFieldAction(OxmField.EthernetDestination(Mac(tag)))],
    };

    /// <summary>A packet with a tag for a worker.</summary>
    public static IEnumerable<OxmField> MatchIngress(TagEncoding encoding, uint tag, ushort etherType) =>
        encoding == TagEncoding.MacAddress ? [OxmField.EthernetDestination(Mac(tag))] : MatchEgress(encoding, tag, etherType);

    /// <summary>A packet with a tag for an endpoint.</summary>
    public static IEnumerable<OxmField> MatchEgress(TagEncoding encoding, uint tag, ushort etherType) => encoding switch
    {
        TagEncoding.VlanId or TagEncoding.ServiceVlan => [OxmField.VlanId((ushort)tag)],
        TagEncoding.MplsLabel => [OxmField.EthernetType(EtherType.Mpls), OxmField.MplsLabel(Label(tag, etherType))],
        TagEncoding.Dscp => [OxmField.EthernetType(etherType), OxmField.IpDscp((byte)tag)],
        _ => [OxmField.EthernetSource(Mac(tag))],
    };

    /// <summary>Replaces the tag for an endpoint by what the endpoint's packets have, as far as the chain has not given it to them.</summary>
    public static IEnumerable<OpenFlowAction> Restore(TagEncoding encoding, EndpointPort endpoint, ushort etherType)
    {
        var vlan = endpoint.KeepsVlan ? [] : Push(endpoint.Vlan);
        return encoding switch
        {
            TagEncoding.MacAddress => [.. WriteLocalMac(endpoint), .. vlan],

            // The header stays where another id makes it the endpoint's; a service tag is of another type.
            TagEncoding.VlanId when endpoint.Vlan != 0 && !endpoint.KeepsVlan => [new SetFieldAction(OxmField.VlanId(endpoint.Vlan))],
            TagEncoding.VlanId or TagEncoding.ServiceVlan => [new PopVlanAction(), .. vlan],
            TagEncoding.MplsLabel => [new PopMplsAction(etherType), .. vlan],
            _ => [new SetFieldAction(OxmField.IpDscp(0)), .. vlan],
        };
    }

    /// <summary>Output that also works back to where the packet came from (OpenFlow 1.3.5 section 7.2.5).</summary>
    public static OutputAction Output(uint from, uint to) => new(from == to ? PortNumber.InPort : to);

    /// <summary>Sends a packet that came by a port out by an endpoint: to its group, or by its only port.</summary>
    public static OpenFlowAction Leave(uint from, EndpointPort to) => to.Group == 0 ? Output(from, to.Port) : new GroupAction(to.Group);

    private static IEnumerable<OpenFlowAction> WriteLocalMac(EndpointPort endpoint) =>
        endpoint.LocalMac is { } mac ? [new SetFieldAction(OxmField.EthernetSource(mac))] : [];
}
