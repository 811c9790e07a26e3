using Metron.Offload;
using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>A match field with values to try it by. They are reserved for documentation and experiments, so that no traffic has them.</summary>
/// <param name="Type">The field.</param>
/// <param name="Value">The value.</param>
/// <param name="Needed">The masks that Metron's own rules use; null for a field that they do not use.</param>
/// <param name="Before">The fields that must be matched before this one (OpenFlow 1.3.5 section 7.2.3.8).</param>
internal sealed record FieldTrial(OxmType Type, UInt128 Value, MaskSupport? Needed, params OxmField[] Before)
{
    private OxmDescription Description => Oxm.Describe(Type)!;

    /// <summary>Whether it may be tried without another guard: traffic has none of its values.</summary>
    public bool GuardsItself => Type == Oxm.EthernetSource || Type == Oxm.EthernetDestination || Type == Oxm.Metadata || Type == Oxm.EthernetType;

    /// <summary>The field with each kind of mask that it can have.</summary>
    public IEnumerable<(MaskSupport Masks, OxmField Field)> Forms()
    {
        yield return (MaskSupport.Exact, OxmField.Exact(Type, Value));
        var bits = Description.Bits;
        if (!Description.IsMaskable || bits == 1)
        {
            yield break;
        }

        // A VLAN's presence bit is the only mask that the standard itself writes, and it is its leading bit.
        var kept = Type == Oxm.VlanId ? 1 : bits / 2;
        var prefix = (Description.FullMask >> (bits - kept)) << (bits - kept);
        yield return (MaskSupport.Prefix, OxmField.Masked(Type, Value, prefix));
        yield return (MaskSupport.Any, OxmField.Masked(Type, Value, bits == 2 ? 1 : prefix | 1));
    }
}

/// <summary>The match fields that are tried.</summary>
internal static class FieldCatalog
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;
    private static readonly OxmField _ip = OxmField.EthernetType(0x0800);
    private static readonly OxmField _ip6 = OxmField.EthernetType(0x86dd);
    private static readonly OxmField _arp = OxmField.EthernetType(0x0806);
    private static readonly OxmField _mpls = OxmField.EthernetType(0x8847);
    private static readonly OxmField _vlan = OxmField.VlanId(4094);
    private static readonly OxmField _solicitation = OxmField.Icmpv6Type(135);

    // 192.0.2.201 and 2001:db8::c9 (RFC 5737, RFC 3849); protocol 253 (RFC 3692).
    private static readonly UInt128 _address = 0xc000_02c9;
    private static readonly UInt128 _address6 = new(0x2001_0db8_0000_0000, 0xc9);

    /// <summary>All of them, those of the standard in its order.</summary>
    public static IReadOnlyList<FieldTrial> All { get; } =
    [
        new(Oxm.InPort, 0, MaskSupport.Exact),
        new(Oxm.Metadata, 0x5052_4f42_0000_0001, MaskSupport.Exact),
        new(Oxm.EthernetDestination, Guard.Address.Value | 1, MaskSupport.Exact),
        new(Oxm.EthernetSource, Guard.Address.Value | 1, MaskSupport.Exact),
        new(Oxm.EthernetType, Guard.EtherType, MaskSupport.Exact),
        new(Oxm.VlanId, 0x1fff, MaskSupport.Exact),
        new(Oxm.VlanPriority, 5, null, _vlan),
        new(Oxm.IpDscp, 63, MaskSupport.Exact, _ip),
        new(Oxm.IpEcn, 3, null, _ip),
        new(Oxm.IpProtocol, 253, MaskSupport.Exact, _ip),
        new(Oxm.Ipv4Source, _address, MaskSupport.Prefix, _ip),
        new(Oxm.Ipv4Destination, _address, MaskSupport.Prefix, _ip),
        new(Oxm.TcpSource, 4097, MaskSupport.Any, _ip, OxmField.IpProtocol(Tcp)),
        new(Oxm.TcpDestination, 4097, MaskSupport.Any, _ip, OxmField.IpProtocol(Tcp)),
        new(Oxm.UdpSource, 4097, MaskSupport.Any, _ip, OxmField.IpProtocol(Udp)),
        new(Oxm.UdpDestination, 4097, MaskSupport.Any, _ip, OxmField.IpProtocol(Udp)),
        new(Oxm.SctpSource, 4097, MaskSupport.Any, _ip, OxmField.IpProtocol(Sctp)),
        new(Oxm.SctpDestination, 4097, MaskSupport.Any, _ip, OxmField.IpProtocol(Sctp)),
        new(Oxm.Icmpv4Type, 253, MaskSupport.Exact, _ip, OxmField.IpProtocol(1)),
        new(Oxm.Icmpv4Code, 9, MaskSupport.Exact, _ip, OxmField.IpProtocol(1)),
        new(Oxm.ArpOperation, 2, null, _arp),
        new(Oxm.ArpSenderIpv4, _address, null, _arp),
        new(Oxm.ArpTargetIpv4, _address, null, _arp),
        new(Oxm.ArpSenderHardware, Guard.Address.Value | 1, null, _arp),
        new(Oxm.ArpTargetHardware, Guard.Address.Value | 1, null, _arp),
        new(Oxm.Ipv6Source, _address6, MaskSupport.Prefix, _ip6),
        new(Oxm.Ipv6Destination, _address6, MaskSupport.Prefix, _ip6),
        new(Oxm.Ipv6FlowLabel, 0xc0de1, null, _ip6),
        new(Oxm.Icmpv6Type, 200, MaskSupport.Exact, _ip6, OxmField.IpProtocol(58)),
        new(Oxm.Icmpv6Code, 9, MaskSupport.Exact, _ip6, OxmField.IpProtocol(58)),
        new(Oxm.NeighbourTarget, _address6, null, _ip6, OxmField.IpProtocol(58), _solicitation),
        new(Oxm.NeighbourSourceHardware, Guard.Address.Value | 1, null, _ip6, OxmField.IpProtocol(58), _solicitation),
        new(Oxm.MplsLabel, 0xc0de1, MaskSupport.Exact, _mpls),
        new(Oxm.MplsTrafficClass, 5, null, _mpls),
        new(Oxm.MplsBottomOfStack, 1, null, _mpls),
        new(Oxm.TunnelId, 0x5052_4f42_0000_0001, null),
        new(Oxm.Ipv6ExtensionHeaders, 0x11, null, _ip6),
        new(Oxm.IpFragment, 3, MaskSupport.Any, _ip),
        new(Oxm.TcpFlags, 0x811, MaskSupport.Any, _ip, OxmField.IpProtocol(Tcp)),
    ];
}
