using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>The fields of a packet that rules can match, side by side; or the bits of them that a rule compares.</summary>
internal readonly record struct SwitchKey(
    ulong Place, ulong Metadata, ulong EthernetDestination, ulong EthernetSource, UInt128 Source, UInt128 Destination, ulong Transport)
{
    private const int InPortShift = 32;
    private const int TypeShift = 16;
    private const int ProtocolShift = 56;
    private const int DscpShift = 50;
    private const int FragmentShift = 48;
    private const int FlagsShift = 32;
    private const int SourcePortShift = 16;

    /// <summary>The bits under a mask.</summary>
    public SwitchKey Under(in SwitchKey mask) => new(
        Place & mask.Place,
        Metadata & mask.Metadata,
        EthernetDestination & mask.EthernetDestination,
        EthernetSource & mask.EthernetSource,
        Source & mask.Source,
        Destination & mask.Destination,
        Transport & mask.Transport);

    /// <summary>Fields outside of the IP packet.</summary>
    /// <param name="inPort">Port that it came by.</param>
    /// <param name="type">Ethernet type behind a VLAN header.</param>
    /// <param name="vlan">VLAN id with the presence bit 0x1000; 0 without VLAN header.</param>
    public static ulong PlaceOf(uint inPort, ushort type, ushort vlan) => (ulong)inPort << InPortShift | (ulong)type << TypeShift | vlan;

    /// <summary>Fields behind the addresses.</summary>
    public static ulong TransportOf(byte protocol, byte fragment, ushort flags, ushort sourcePort, ushort destinationPort) =>
        (ulong)protocol << ProtocolShift | (ulong)fragment << FragmentShift | (ulong)flags << FlagsShift
        | (ulong)sourcePort << SourcePortShift | destinationPort;

    /// <summary>This key with a code point, 6 bits.</summary>
    public SwitchKey WithDscp(byte dscp) => this with { Transport = (Transport & ~(63UL << DscpShift)) | (ulong)dscp << DscpShift };

    /// <summary>Port that the packet came by.</summary>
    public uint InPort => (uint)(Place >> InPortShift);

    /// <summary>A number that all packets of a flow have in common (FNV-1a): of addresses, protocol and ports.</summary>
    public uint FlowHash
    {
        get
        {
            const ulong fiveTuple = 0xff00_0000_ffff_ffff;
            var hash = 2166136261U;
            foreach (var word in (ReadOnlySpan<ulong>)[(ulong)(Source >> 64), (ulong)Source, (ulong)(Destination >> 64), (ulong)Destination, Transport & fiveTuple])
            {
                for (var shift = 0; shift < 64; shift += 8)
                {
                    hash = (hash ^ (byte)(word >> shift)) * 16777619U;
                }
            }

            // The lowest bit of FNV-1a depends on lowest bits alone, and clients often have even ports.
            return hash ^ (hash >> 16);
        }
    }

    /// <summary>This key with another VLAN.</summary>
    public SwitchKey WithVlan(ushort vlan) => this with { Place = (Place & ~0xffffUL) | vlan };

    /// <summary>The condition that a match makes: the bits that it compares, and their values.</summary>
    /// <exception cref="ArgumentException">The match has a field that the model does not know.</exception>
    public static (SwitchKey Mask, SwitchKey Value) Of(Match match)
    {
        SwitchKey mask = default, value = default;
        foreach (var field in match.Fields)
        {
            mask = mask.With(field.Type, field.Mask);
            value = value.With(field.Type, field.Value & field.Mask);
        }

        return (mask, value);
    }

    // ICMP type and code stand where TCP has its ports, as in Open vSwitch; a label, where IP packets have their source address.
    private SwitchKey With(OxmType type, UInt128 bits) =>
        type == Oxm.InPort ? this with { Place = Place | (ulong)bits << InPortShift }
        : type == Oxm.EthernetType ? this with { Place = Place | (ulong)bits << TypeShift }
        : type == Oxm.VlanId ? this with { Place = Place | (ulong)bits }
        : type == Oxm.Metadata ? this with { Metadata = (ulong)bits }
        : type == Oxm.EthernetDestination ? this with { EthernetDestination = (ulong)bits }
        : type == Oxm.EthernetSource ? this with { EthernetSource = (ulong)bits }
        : type == Oxm.Ipv4Source || type == Oxm.Ipv6Source ? this with { Source = bits }
        : type == Oxm.Ipv4Destination || type == Oxm.Ipv6Destination ? this with { Destination = bits }
        : type == Oxm.IpProtocol ? this with { Transport = Transport | (ulong)bits << ProtocolShift }
        : type == Oxm.IpFragment ? this with { Transport = Transport | (ulong)bits << FragmentShift }
        : type == Oxm.IpDscp ? this with { Transport = Transport | (ulong)bits << DscpShift }
        : type == Oxm.MplsLabel ? this with { Source = bits }
        : type == Oxm.TcpFlags ? this with { Transport = Transport | (ulong)bits << FlagsShift }
        : IsFirstPort(type) ? this with { Transport = Transport | (ulong)bits << SourcePortShift }
        : IsSecondPort(type) ? this with { Transport = Transport | (ulong)bits }
        : throw new ArgumentException($"the model of a switch does not know the match field {type.Name}", nameof(type));

    private static bool IsFirstPort(OxmType type) =>
        type == Oxm.TcpSource || type == Oxm.UdpSource || type == Oxm.SctpSource || type == Oxm.Icmpv4Type || type == Oxm.Icmpv6Type;

    private static bool IsSecondPort(OxmType type) =>
        type == Oxm.TcpDestination || type == Oxm.UdpDestination || type == Oxm.SctpDestination || type == Oxm.Icmpv4Code || type == Oxm.Icmpv6Code;
}
