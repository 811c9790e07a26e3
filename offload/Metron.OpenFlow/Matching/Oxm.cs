using System.Collections.Frozen;

namespace Metron.OpenFlow;

/// <summary>The match fields known by name: OpenFlow 1.3 and 1.4, and the extensions that Open vSwitch needs.</summary>
/// <remarks>OpenFlow 1.3.5 section 7.2.3.7, 1.4.1 section 7.2.4.8; <c>nicira-ext.h</c>; ONF extension EXT-109.</remarks>
public static class Oxm
{
    private const int RegisterCount = 8;

    public static readonly OxmType InPort = Basic(0);
    public static readonly OxmType InPhysicalPort = Basic(1);
    public static readonly OxmType Metadata = Basic(2);
    public static readonly OxmType EthernetDestination = Basic(3);
    public static readonly OxmType EthernetSource = Basic(4);
    public static readonly OxmType EthernetType = Basic(5);

    /// <summary>VLAN number in bits 11–0 and the presence bit (0x1000) above it.</summary>
    public static readonly OxmType VlanId = Basic(6);
    public static readonly OxmType VlanPriority = Basic(7);
    public static readonly OxmType IpDscp = Basic(8);
    public static readonly OxmType IpEcn = Basic(9);
    public static readonly OxmType IpProtocol = Basic(10);
    public static readonly OxmType Ipv4Source = Basic(11);
    public static readonly OxmType Ipv4Destination = Basic(12);
    public static readonly OxmType TcpSource = Basic(13);
    public static readonly OxmType TcpDestination = Basic(14);
    public static readonly OxmType UdpSource = Basic(15);
    public static readonly OxmType UdpDestination = Basic(16);
    public static readonly OxmType SctpSource = Basic(17);
    public static readonly OxmType SctpDestination = Basic(18);
    public static readonly OxmType Icmpv4Type = Basic(19);
    public static readonly OxmType Icmpv4Code = Basic(20);
    public static readonly OxmType ArpOperation = Basic(21);
    public static readonly OxmType ArpSenderIpv4 = Basic(22);
    public static readonly OxmType ArpTargetIpv4 = Basic(23);
    public static readonly OxmType ArpSenderHardware = Basic(24);
    public static readonly OxmType ArpTargetHardware = Basic(25);
    public static readonly OxmType Ipv6Source = Basic(26);
    public static readonly OxmType Ipv6Destination = Basic(27);
    public static readonly OxmType Ipv6FlowLabel = Basic(28);
    public static readonly OxmType Icmpv6Type = Basic(29);
    public static readonly OxmType Icmpv6Code = Basic(30);
    public static readonly OxmType NeighbourTarget = Basic(31);
    public static readonly OxmType NeighbourSourceHardware = Basic(32);
    public static readonly OxmType NeighbourTargetHardware = Basic(33);
    public static readonly OxmType MplsLabel = Basic(34);
    public static readonly OxmType MplsTrafficClass = Basic(35);
    public static readonly OxmType MplsBottomOfStack = Basic(36);
    public static readonly OxmType PbbServiceId = Basic(37);
    public static readonly OxmType TunnelId = Basic(38);
    public static readonly OxmType Ipv6ExtensionHeaders = Basic(39);

    /// <summary>Use customer address bit of the PBB header; OpenFlow 1.4.</summary>
    public static readonly OxmType PbbUseCustomerAddress = Basic(41);

    /// <summary>Open vSwitch's fragment bits (<c>NXM_NX_IP_FRAG</c>): 1 any fragment, 2 not the first one.</summary>
    public static readonly OxmType IpFragment = new(OxmClass.Nxm1, 26);

    /// <summary>TCP flags as the low 12 bits of the word at offset 12 of the TCP header (<c>ONFOXM_ET_TCP_FLAGS</c>).</summary>
    public static readonly OxmType TcpFlags = new(OxmClass.Experimenter, 42, ExperimenterNumber.Onf);

    /// <summary>Output port in the action set, for egress tables (<c>ONFOXM_ET_ACTSET_OUTPUT</c>; a standard field since OpenFlow 1.5).</summary>
    public static readonly OxmType ActionSetOutput = new(OxmClass.Experimenter, 43, ExperimenterNumber.Onf);

    /// <summary>Kind of packet: name space in the upper 16 bits, type in the lower; 0 is Ethernet. OpenFlow 1.5.</summary>
    public static readonly OxmType PacketType = Basic(44);

    private static readonly OxmDescription[] KnownDescriptions =
    [
        new(InPort, "in_port", 32, 4, false, OxmFormat.Port),
        new(InPhysicalPort, "in_phy_port", 32, 4, false, OxmFormat.Port),
        new(Metadata, "metadata", 64, 8, true, OxmFormat.Hexadecimal),
        new(EthernetDestination, "eth_dst", 48, 6, true, OxmFormat.Hardware),
        new(EthernetSource, "eth_src", 48, 6, true, OxmFormat.Hardware),
        new(EthernetType, "eth_type", 16, 2, false, OxmFormat.EtherType),
        new(VlanId, "vlan_vid", 13, 2, true, OxmFormat.Hexadecimal),
        new(VlanPriority, "vlan_pcp", 3, 1, false, OxmFormat.Decimal),
        new(IpDscp, "ip_dscp", 6, 1, false, OxmFormat.Decimal),
        new(IpEcn, "ip_ecn", 2, 1, false, OxmFormat.Decimal),
        new(IpProtocol, "ip_proto", 8, 1, false, OxmFormat.Decimal),
        new(Ipv4Source, "ip_src", 32, 4, true, OxmFormat.Ipv4),
        new(Ipv4Destination, "ip_dst", 32, 4, true, OxmFormat.Ipv4),
        new(TcpSource, "tcp_src", 16, 2, true, OxmFormat.Decimal),
        new(TcpDestination, "tcp_dst", 16, 2, true, OxmFormat.Decimal),
        new(UdpSource, "udp_src", 16, 2, true, OxmFormat.Decimal),
        new(UdpDestination, "udp_dst", 16, 2, true, OxmFormat.Decimal),
        new(SctpSource, "sctp_src", 16, 2, true, OxmFormat.Decimal),
        new(SctpDestination, "sctp_dst", 16, 2, true, OxmFormat.Decimal),
        new(Icmpv4Type, "icmp_type", 8, 1, false, OxmFormat.Decimal),
        new(Icmpv4Code, "icmp_code", 8, 1, false, OxmFormat.Decimal),
        new(ArpOperation, "arp_op", 16, 2, false, OxmFormat.Decimal),
        new(ArpSenderIpv4, "arp_spa", 32, 4, true, OxmFormat.Ipv4),
        new(ArpTargetIpv4, "arp_tpa", 32, 4, true, OxmFormat.Ipv4),
        new(ArpSenderHardware, "arp_sha", 48, 6, true, OxmFormat.Hardware),
        new(ArpTargetHardware, "arp_tha", 48, 6, true, OxmFormat.Hardware),
        new(Ipv6Source, "ipv6_src", 128, 16, true, OxmFormat.Ipv6),
        new(Ipv6Destination, "ipv6_dst", 128, 16, true, OxmFormat.Ipv6),
        new(Ipv6FlowLabel, "ipv6_label", 20, 4, true, OxmFormat.Hexadecimal),
        new(Icmpv6Type, "icmpv6_type", 8, 1, false, OxmFormat.Decimal),
        new(Icmpv6Code, "icmpv6_code", 8, 1, false, OxmFormat.Decimal),
        new(NeighbourTarget, "nd_target", 128, 16, true, OxmFormat.Ipv6),
        new(NeighbourSourceHardware, "nd_sll", 48, 6, true, OxmFormat.Hardware),
        new(NeighbourTargetHardware, "nd_tll", 48, 6, true, OxmFormat.Hardware),
        new(MplsLabel, "mpls_label", 20, 4, false, OxmFormat.Decimal),
        new(MplsTrafficClass, "mpls_tc", 3, 1, false, OxmFormat.Decimal),
        new(MplsBottomOfStack, "mpls_bos", 1, 1, false, OxmFormat.Decimal),
        new(PbbServiceId, "pbb_isid", 24, 3, true, OxmFormat.Hexadecimal),
        new(TunnelId, "tunnel_id", 64, 8, true, OxmFormat.Hexadecimal),
        new(Ipv6ExtensionHeaders, "ipv6_exthdr", 9, 2, true, OxmFormat.Hexadecimal),
        new(PbbUseCustomerAddress, "pbb_uca", 1, 1, false, OxmFormat.Decimal),
        new(IpFragment, "ip_frag", 2, 1, true, OxmFormat.Fragment),
        new(TcpFlags, "tcp_flags", 12, 2, true, OxmFormat.Hexadecimal),
        new(ActionSetOutput, "actset_output", 32, 4, false, OxmFormat.Port),
        new(PacketType, "packet_type", 32, 4, false, OxmFormat.PacketType),
        .. Enumerable.Range(0, RegisterCount).Select(number => new OxmDescription(PacketRegister((byte)number), $"xreg{number}", 64, 8, true, OxmFormat.Hexadecimal)),
    ];

    private static readonly FrozenDictionary<OxmType, OxmDescription> ByType =
        KnownDescriptions.ToFrozenDictionary(description => description.Type);

    /// <summary>A register of 64 bits that travels with the packet (<c>OFPXMC_PACKET_REGS</c>); those up to 7 are known by name.</summary>
    public static OxmType PacketRegister(byte number) => new(OxmClass.PacketRegisters, number);

    /// <summary>All fields known by name.</summary>
    public static IReadOnlyList<OxmDescription> Known => KnownDescriptions;

    /// <summary>What is known of <paramref name="type"/>, or null.</summary>
    public static OxmDescription? Describe(OxmType type) => ByType.GetValueOrDefault(type);

    private static OxmType Basic(byte number) => new(OxmClass.OpenFlowBasic, number);
}

/// <summary>Size, name and notation of a known match field.</summary>
/// <param name="Type">The field.</param>
/// <param name="Name">Name as <c>ovs-ofctl</c> reads it.</param>
/// <param name="Bits">Significant bits.</param>
/// <param name="Bytes">Bytes on the wire without a mask.</param>
/// <param name="IsMaskable">Whether switches accept a mask: the standard's fields, and those that Open vSwitch adds (TCP and UDP ports).</param>
/// <param name="Format">How values are written in text.</param>
public sealed record OxmDescription(OxmType Type, string Name, int Bits, int Bytes, bool IsMaskable, OxmFormat Format)
{
    /// <summary>A mask over every significant bit.</summary>
    public UInt128 FullMask => Bits == 128 ? UInt128.MaxValue : (UInt128.One << Bits) - 1;
}

/// <summary>Notations of match field values.</summary>
public enum OxmFormat
{
    Decimal,
    Hexadecimal,
    Port,
    EtherType,
    Hardware,
    Ipv4,
    Ipv6,
    Fragment,
    PacketType,
}
