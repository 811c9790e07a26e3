using System.Buffers.Binary;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Where the headers of a frame begin; 0 for a header that is absent.</summary>
internal readonly record struct FrameLayout(int Type, int Mpls, int Ip, int Transport, byte Protocol);

/// <summary>
/// Reads of a frame what Open vSwitch reads (lib/flow.c of version 3.1, with its default of one VLAN header): fields that could not be read
/// of what is malformed are zero, and fragments have no ports (<c>OFPC_FRAG_NORMAL</c>).
/// </summary>
internal static class FrameReader
{
    public const ushort Ipv4 = 0x0800;
    public const ushort Arp = 0x0806;
    public const ushort Vlan = 0x8100;
    public const ushort ServiceVlan = 0x88a8;
    public const ushort Ipv6 = 0x86dd;
    public const ushort MplsUnicast = 0x8847;
    public const ushort MplsMulticast = 0x8848;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Sctp = 132;
    public const byte Icmp = 1;
    public const byte IcmpV6 = 58;
    private const int EthernetLength = 14;

    /// <summary>Puts the fields of a frame into <paramref name="fields"/> and returns where its headers are.</summary>
    public static FrameLayout Read(ReadOnlySpan<byte> frame, PacketFields fields)
    {
        fields[Oxm.VlanId] = 0;
        if (frame.Length < EthernetLength)
        {
            return default;
        }

        fields[Oxm.EthernetDestination] = Hardware(frame);
        fields[Oxm.EthernetSource] = Hardware(frame[6..]);
        var at = 12;
        if (HasVlan(frame))
        {
            var control = Word(frame, 14);
            fields[Oxm.VlanId] = (UInt128)((control & 0xfff) | 0x1000);
            fields[Oxm.VlanPriority] = (UInt128)(control >> 13);
            at = 16;
        }

        var type = Word(frame, at);
        type = type < 0x600 ? (ushort)0x05ff : type;
        fields[Oxm.EthernetType] = type;
        var body = at + 2;
        return type switch
        {
            Ipv4 => ReadIpv4(frame, at, body, fields),
            Ipv6 => ReadIpv6(frame, at, body, fields),
            Arp => ReadArp(frame, at, body, fields),
            MplsUnicast or MplsMulticast => ReadMpls(frame, at, body, fields),
            _ => new FrameLayout(at, 0, 0, 0, 0),
        };
    }

    public static bool HasVlan(ReadOnlySpan<byte> frame) => frame.Length >= 18 && Word(frame, 12) is Vlan or ServiceVlan;

    private static FrameLayout ReadMpls(ReadOnlySpan<byte> frame, int type, int at, PacketFields fields)
    {
        var entry = frame.Length >= at + 4 ? BinaryPrimitives.ReadUInt32BigEndian(frame[at..]) : 0;
        fields[Oxm.MplsLabel] = entry >> 12;
        fields[Oxm.MplsTrafficClass] = (entry >> 9) & 7;
        fields[Oxm.MplsBottomOfStack] = (entry >> 8) & 1;
        return new FrameLayout(type, frame.Length >= at + 4 ? at : 0, 0, 0, 0);
    }

    private static FrameLayout ReadArp(ReadOnlySpan<byte> frame, int type, int at, PacketFields fields)
    {
        var packet = frame.Length >= at + 28 ? frame.Slice(at, 28) : new byte[28];
        fields[Oxm.ArpOperation] = Word(packet, 6);
        fields[Oxm.ArpSenderHardware] = Hardware(packet[8..]);
        fields[Oxm.ArpSenderIpv4] = BinaryPrimitives.ReadUInt32BigEndian(packet[14..]);
        fields[Oxm.ArpTargetHardware] = Hardware(packet[18..]);
        fields[Oxm.ArpTargetIpv4] = BinaryPrimitives.ReadUInt32BigEndian(packet[24..]);
        return new FrameLayout(type, 0, 0, 0, 0);
    }

    private static FrameLayout ReadIpv4(ReadOnlySpan<byte> frame, int type, int at, PacketFields fields)
    {
        SetIp(fields, 0, 0, 0);
        (fields[Oxm.Ipv4Source], fields[Oxm.Ipv4Destination]) = (0, 0);
        var packet = frame[at..];
        if (packet.Length < 20)
        {
            return new FrameLayout(type, 0, 0, 0, 0);
        }

        var headerLength = (packet[0] & 15) * 4;
        var totalLength = Word(packet, 2);
        if (headerLength < 20 || headerLength > packet.Length || totalLength > packet.Length || headerLength > totalLength)
        {
            return new FrameLayout(type, 0, 0, 0, 0);
        }

        var position = Word(packet, 6);
        var fragment = (byte)((position & 0x1fff) != 0 ? 3 : (position & 0x2000) != 0 ? 1 : 0);
        SetIp(fields, packet[9], packet[1], fragment);
        fields[Oxm.Ipv4Source] = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]);
        fields[Oxm.Ipv4Destination] = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]);
        ReadTransport(packet[headerLength..totalLength], packet[9], fragment, isV6: false, fields);
        return new FrameLayout(type, 0, at, fragment == 0 ? at + headerLength : 0, packet[9]);
    }

    private static FrameLayout ReadIpv6(ReadOnlySpan<byte> frame, int type, int at, PacketFields fields)
    {
        SetIp(fields, 0, 0, 0);
        (fields[Oxm.Ipv6Source], fields[Oxm.Ipv6Destination], fields[Oxm.Ipv6FlowLabel]) = (0, 0, 0);
        var packet = frame[at..];
        if (packet.Length < 40 || Word(packet, 4) > packet.Length - 40)
        {
            return new FrameLayout(type, 0, 0, 0, 0);
        }

        var first = BinaryPrimitives.ReadUInt32BigEndian(packet);
        fields[Oxm.Ipv6FlowLabel] = first & 0xfffff;
        fields[Oxm.Ipv6Source] = BinaryPrimitives.ReadUInt128BigEndian(packet[8..]);
        fields[Oxm.Ipv6Destination] = BinaryPrimitives.ReadUInt128BigEndian(packet[24..]);
        var rest = packet.Slice(40, Word(packet, 4));
        var length = rest.Length;
        var (protocol, fragment, complete) = SkipExtensions(ref rest, packet[6]);
        SetIp(fields, protocol, (byte)(first >> 20), fragment);
        ReadTransport(complete ? rest : default, protocol, fragment, isV6: true, fields);
        return new FrameLayout(type, 0, at, complete && fragment == 0 ? at + 40 + length - rest.Length : 0, protocol);
    }

    private static (byte Protocol, byte Fragment, bool IsComplete) SkipExtensions(ref ReadOnlySpan<byte> rest, byte protocol)
    {
        const byte fragmentHeader = 44;
        const byte authentication = 51;
        byte fragment = 0;
        while (protocol is 0 or 43 or fragmentHeader or authentication or 60)
        {
            var length = rest.Length < 8 ? int.MaxValue : protocol switch { fragmentHeader => 8, authentication => (rest[1] + 2) * 4, _ => (rest[1] + 1) * 8 };
            if (length > rest.Length)
            {
                return (protocol, fragment, false);
            }

            var (header, position) = (protocol, Word(rest, 2));
            protocol = rest[0];
            rest = rest[length..];
            if (header == fragmentHeader && position != 0)
            {
                fragment = 1;
                if ((position & 0xfff8) != 0)
                {
                    return (fragmentHeader, 3, true);
                }
            }
        }

        return (protocol, fragment, true);
    }

    private static void SetIp(PacketFields fields, byte protocol, byte trafficClass, byte fragment)
    {
        fields[Oxm.IpProtocol] = protocol;
        fields[Oxm.IpDscp] = (UInt128)(trafficClass >> 2);
        fields[Oxm.IpEcn] = (UInt128)(trafficClass & 3);
        fields[Oxm.IpFragment] = fragment;
    }

    private static void ReadTransport(ReadOnlySpan<byte> transport, byte protocol, byte fragment, bool isV6, PacketFields fields)
    {
        var isReadable = fragment == 0;
        switch (protocol)
        {
            case Tcp:
                isReadable &= transport.Length >= 20;
                SetPorts(Oxm.TcpSource, Oxm.TcpDestination, transport, isReadable, fields);
                fields[Oxm.TcpFlags] = fragment != 3 && transport.Length >= 20 ? (UInt128)(Word(transport, 12) & 0xfff) : 0;
                break;
            case Udp:
                SetPorts(Oxm.UdpSource, Oxm.UdpDestination, transport, isReadable && transport.Length >= 8, fields);
                break;
            case Sctp:
                SetPorts(Oxm.SctpSource, Oxm.SctpDestination, transport, isReadable && transport.Length >= 12, fields);
                break;
            case Icmp when !isV6:
                isReadable &= transport.Length >= 8;
                fields[Oxm.Icmpv4Type] = isReadable ? transport[0] : (byte)0;
                fields[Oxm.Icmpv4Code] = isReadable ? transport[1] : (byte)0;
                break;
            case IcmpV6 when isV6:
                isReadable &= transport.Length >= 8;
                fields[Oxm.Icmpv6Type] = isReadable ? transport[0] : (byte)0;
                fields[Oxm.Icmpv6Code] = isReadable ? transport[1] : (byte)0;
                if (isReadable && transport[0] is 135 or 136 && transport.Length >= 24)
                {
                    fields[Oxm.NeighbourTarget] = BinaryPrimitives.ReadUInt128BigEndian(transport[8..]);
                }

                break;
        }
    }

    private static void SetPorts(OxmType source, OxmType destination, ReadOnlySpan<byte> transport, bool isReadable, PacketFields fields)
    {
        fields[source] = isReadable ? Word(transport, 0) : (ushort)0;
        fields[destination] = isReadable ? Word(transport, 2) : (ushort)0;
    }

    private static ushort Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static ulong Hardware(ReadOnlySpan<byte> bytes) => (ulong)Word(bytes, 0) << 32 | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
}
