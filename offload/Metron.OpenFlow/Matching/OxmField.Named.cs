using System.Net;
using System.Net.Sockets;

namespace Metron.OpenFlow;

/// <content>The usual match fields by name.</content>
public sealed partial record OxmField
{
    private const ushort VlanPresentBit = 0x1000;

    public static OxmField InPort(uint port) => Exact(Oxm.InPort, port);

    public static OxmField Metadata(ulong value, ulong mask = ulong.MaxValue) => Masked(Oxm.Metadata, value, mask);

    public static OxmField EthernetDestination(HardwareAddress address) => Exact(Oxm.EthernetDestination, address.Value);

    public static OxmField EthernetDestination(HardwareAddress address, HardwareAddress mask) =>
        Masked(Oxm.EthernetDestination, address.Value, mask.Value);

    public static OxmField EthernetSource(HardwareAddress address) => Exact(Oxm.EthernetSource, address.Value);

    public static OxmField EthernetSource(HardwareAddress address, HardwareAddress mask) =>
        Masked(Oxm.EthernetSource, address.Value, mask.Value);

    public static OxmField EthernetType(ushort etherType) => Exact(Oxm.EthernetType, etherType);

    /// <summary>Tagged with this VLAN, 0 to 4095. The presence bit is set here; the same form is the argument of set-field.</summary>
    public static OxmField VlanId(ushort vlan) =>
        vlan < VlanPresentBit
            ? Exact(Oxm.VlanId, (UInt128)(vlan | VlanPresentBit))
            : throw new ArgumentOutOfRangeException(nameof(vlan), vlan, "a VLAN number has 12 bits");

    /// <summary>No VLAN tag (<c>OFPVID_NONE</c>).</summary>
    public static OxmField VlanAbsent() => Exact(Oxm.VlanId, 0);

    /// <summary>Any VLAN tag.</summary>
    public static OxmField VlanPresent() => Masked(Oxm.VlanId, VlanPresentBit, VlanPresentBit);

    /// <summary>Priority of the VLAN tag, 0 to 7. Needs a VLAN field before it.</summary>
    public static OxmField VlanPriority(byte priority) => Exact(Oxm.VlanPriority, priority);

    /// <summary>Label of the outermost MPLS header, 0 to 1,048,575. Needs the Ethernet type 0x8847 or 0x8848.</summary>
    public static OxmField MplsLabel(uint label) => Exact(Oxm.MplsLabel, label);

    /// <summary>Differentiated services code point, 0 to 63. Needs the Ethernet type of IPv4 or IPv6.</summary>
    public static OxmField IpDscp(byte dscp) => Exact(Oxm.IpDscp, dscp);

    public static OxmField IpEcn(byte ecn) => Exact(Oxm.IpEcn, ecn);

    /// <summary>IP protocol or last next header. Needs the Ethernet type of IPv4 or IPv6.</summary>
    public static OxmField IpProtocol(byte protocol) => Exact(Oxm.IpProtocol, protocol);

    public static OxmField Ipv4Source(IPAddress address, int prefixLength = 32) => Prefix(Oxm.Ipv4Source, address, prefixLength);

    public static OxmField Ipv4Destination(IPAddress address, int prefixLength = 32) => Prefix(Oxm.Ipv4Destination, address, prefixLength);

    public static OxmField Ipv6Source(IPAddress address, int prefixLength = 128) => Prefix(Oxm.Ipv6Source, address, prefixLength);

    public static OxmField Ipv6Destination(IPAddress address, int prefixLength = 128) => Prefix(Oxm.Ipv6Destination, address, prefixLength);

    public static OxmField TcpSource(ushort port, ushort mask = 0xffff) => Masked(Oxm.TcpSource, port, mask);

    public static OxmField TcpDestination(ushort port, ushort mask = 0xffff) => Masked(Oxm.TcpDestination, port, mask);

    public static OxmField UdpSource(ushort port, ushort mask = 0xffff) => Masked(Oxm.UdpSource, port, mask);

    public static OxmField UdpDestination(ushort port, ushort mask = 0xffff) => Masked(Oxm.UdpDestination, port, mask);

    public static OxmField SctpSource(ushort port, ushort mask = 0xffff) => Masked(Oxm.SctpSource, port, mask);

    public static OxmField SctpDestination(ushort port, ushort mask = 0xffff) => Masked(Oxm.SctpDestination, port, mask);

    public static OxmField Icmpv4Type(byte type) => Exact(Oxm.Icmpv4Type, type);

    public static OxmField Icmpv4Code(byte code) => Exact(Oxm.Icmpv4Code, code);

    public static OxmField Icmpv6Type(byte type) => Exact(Oxm.Icmpv6Type, type);

    public static OxmField Icmpv6Code(byte code) => Exact(Oxm.Icmpv6Code, code);

    public static OxmField ArpOperation(ushort operation) => Exact(Oxm.ArpOperation, operation);

    /// <summary>TCP flags, bit 0 FIN up to bit 8 NS; Open vSwitch and other switches with ONF extension EXT-109.</summary>
    public static OxmField TcpFlags(ushort flags, ushort mask = 0x0fff) => Masked(Oxm.TcpFlags, flags, mask);

    /// <summary>Fragment bits of Open vSwitch: 0 no fragment, 1 first fragment, 3 later fragment; mask 1 asks only "any fragment".</summary>
    public static OxmField IpFragment(byte bits, byte mask = 3) => Masked(Oxm.IpFragment, bits, mask);

    private static OxmField Prefix(OxmType type, IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        var description = Oxm.Describe(type)!;
        var family = description.Bits == 32 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        if (address.AddressFamily != family)
        {
            throw new ArgumentException($"{address} is not an address for {description.Name}", nameof(address));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, description.Bits);
        var hostBits = description.Bits - prefixLength;
        var mask = hostBits == 128 ? UInt128.Zero : (description.FullMask >> hostBits) << hostBits;
        return Masked(type, AddressNumber(address), mask);
    }
}
