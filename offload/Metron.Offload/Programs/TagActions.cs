using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Matches and actions that deal with tags and VLANs.</summary>
internal static class TagActions
{
    /// <summary>The MAC that stands for a tag: 02:4d:54 and 24 bits.</summary>
    public static HardwareAddress Mac(uint tag) => new(0x024d_5400_0000UL | (tag & 0xffffff));

    /// <summary>The VLAN of an endpoint's packets on the wire.</summary>
    public static OxmField OnWire(EndpointPort endpoint) => endpoint.Vlan == 0 ? OxmField.VlanAbsent() : OxmField.VlanId(endpoint.Vlan);

    /// <summary>Removes an endpoint's VLAN.</summary>
    public static IEnumerable<OpenFlowAction> Strip(EndpointPort endpoint) => endpoint.Vlan == 0 ? [] : [new PopVlanAction()];

    /// <summary>Removes an endpoint's VLAN where the chain does not see it.</summary>
    public static IEnumerable<OpenFlowAction> Enter(EndpointPort endpoint) => endpoint.KeepsVlan ? [] : Strip(endpoint);

    /// <summary>Puts a VLAN header on a packet that has none.</summary>
    public static IEnumerable<OpenFlowAction> Push(ushort vlan) =>
        vlan == 0 ? [] : [new PushVlanAction(EtherType.Vlan), new SetFieldAction(OxmField.VlanId(vlan))];

    /// <summary>Writes the tag for a worker on an untagged packet.</summary>
    public static IEnumerable<OpenFlowAction> Write(TagEncoding encoding, uint tag) =>
        encoding == TagEncoding.VlanId ? Push((ushort)tag) : [new SetFieldAction(OxmField.EthernetDestination(Mac(tag)))];

    /// <summary>A packet with a tag for a worker.</summary>
    public static OxmField MatchIngress(TagEncoding encoding, uint tag) =>
        encoding == TagEncoding.VlanId ? OxmField.VlanId((ushort)tag) : OxmField.EthernetDestination(Mac(tag));

    /// <summary>A packet with a tag for an endpoint.</summary>
    public static OxmField MatchEgress(TagEncoding encoding, uint tag) =>
        encoding == TagEncoding.VlanId ? OxmField.VlanId((ushort)tag) : OxmField.EthernetSource(Mac(tag));

    /// <summary>Replaces the tag for an endpoint by what the endpoint's packets have, as far as the chain has not given it to them.</summary>
    public static IEnumerable<OpenFlowAction> Restore(TagEncoding encoding, EndpointPort endpoint) =>
        encoding == TagEncoding.MacAddress ? [.. WriteLocalMac(endpoint), .. endpoint.KeepsVlan ? [] : Push(endpoint.Vlan)]
        : endpoint.Vlan == 0 || endpoint.KeepsVlan ? [new PopVlanAction()]
        : [new SetFieldAction(OxmField.VlanId(endpoint.Vlan))];

    /// <summary>Output that also works back to where the packet came from (OpenFlow 1.3.5 section 7.2.5).</summary>
    public static OutputAction Output(uint from, uint to) => new(from == to ? PortNumber.InPort : to);

    private static IEnumerable<OpenFlowAction> WriteLocalMac(EndpointPort endpoint) =>
        endpoint.LocalMac is { } mac ? [new SetFieldAction(OxmField.EthernetSource(mac))] : [];
}
