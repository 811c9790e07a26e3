using System.Buffers.Binary;

namespace Metron.Offload;

/// <summary>
/// Reads of a frame what Open vSwitch reads (lib/flow.c, <c>miniflow_extract</c>, of version 3.1): what is malformed has zeros for the fields that
/// could not be read. Fragments have no ports, as OFPC_FRAG_NORMAL says.
/// </summary>
internal static class SwitchFrame
{
    private const ushort Ipv4 = 0x0800;
    private const ushort Ipv6 = 0x86dd;
    private const ushort Vlan = 0x8100;
    private const ushort ServiceVlan = 0x88a8;
    private const ushort Mpls = 0x8847;

    /// <summary>Ethernet type of frames that have a length in its place.</summary>
    private const ushort NoType = 0x05ff;

    private const byte AnyFragment = 1;
    private const byte LaterFragment = 2;

    /// <summary>The fields of a frame. A frame shorter than an Ethernet header has none.</summary>
    public static SwitchKey Read(uint inPort, ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 14)
        {
            return new SwitchKey { Place = SwitchKey.PlaceOf(inPort, 0, 0) };
        }

        var vlan = VlanOf(frame);
        var at = vlan == 0 ? 12 : 16;

        var type = Word(frame, at);
        type = type < 0x600 ? NoType : type;
        var key = new SwitchKey
        {
            Place = SwitchKey.PlaceOf(inPort, type, vlan),
            EthernetDestination = Mac(frame),
            EthernetSource = Mac(frame[6..]),
        };
        return type switch
        {
            Ipv4 => ReadIpv4(frame[(at + 2)..], key),
            Ipv6 => ReadIpv6(frame[(at + 2)..], key),
            Mpls when frame.Length >= at + 6 => key with { Source = BinaryPrimitives.ReadUInt32BigEndian(frame[(at + 2)..]) >> 12 },
            _ => key,
        };
    }

    /// <summary>The outermost VLAN id with the presence bit 0x1000; 0 without VLAN header. What lies behind one such header is not looked for another.</summary>
    public static ushort VlanOf(ReadOnlySpan<byte> frame) =>
        frame.Length >= 18 && Word(frame, 12) is Vlan or ServiceVlan
            ? (ushort)((Word(frame, 14) & 0xfff) | 0x1000)
            : (ushort)0;

    private static SwitchKey ReadIpv4(ReadOnlySpan<byte> packet, in SwitchKey key)
    {
        if (packet.Length < 20)
        {
            return key;
        }

        var headerLength = (packet[0] & 15) * 4;
        var totalLength = Word(packet, 2);
        if (headerLength < 20 || headerLength > packet.Length || totalLength > packet.Length || headerLength > totalLength)
        {
            return key;
        }

        var fragment = Word(packet, 6);
        var bits = (byte)((fragment & 0x1fff) != 0 ? AnyFragment | LaterFragment : (fragment & 0x2000) != 0 ? AnyFragment : 0);
        var read = key with
        {
            Source = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]),
            Destination = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]),
        };
        return (read with { Transport = ReadTransport(packet[headerLength..totalLength], packet[9], bits, isV6: false) }).WithDscp((byte)(packet[1] >> 2));
    }

    private static SwitchKey ReadIpv6(ReadOnlySpan<byte> packet, in SwitchKey key)
    {
        if (packet.Length < 40 || Word(packet, 4) > packet.Length - 40)
        {
            return key;
        }

        var rest = packet.Slice(40, Word(packet, 4));
        var read = key with
        {
            Source = BinaryPrimitives.ReadUInt128BigEndian(packet[8..]),
            Destination = BinaryPrimitives.ReadUInt128BigEndian(packet[24..]),
        };
        var protocol = packet[6];
        byte bits = 0;
        read = TrySkipExtensions(ref rest, ref protocol, ref bits)
            ? read with { Transport = ReadTransport(rest, protocol, bits, isV6: true) }
            : read with { Transport = SwitchKey.TransportOf(protocol, bits, 0, 0, 0) };
        return read.WithDscp((byte)(Word(packet, 0) >> 6 & 63));
    }

    /// <summary>Walks extension headers; false when they end before they should.</summary>
    private static bool TrySkipExtensions(ref ReadOnlySpan<byte> rest, ref byte protocol, ref byte fragment)
    {
        const byte hopByHop = 0;
        const byte routing = 43;
        const byte fragmentHeader = 44;
        const byte authentication = 51;
        const byte destinationOptions = 60;
        while (protocol is hopByHop or routing or fragmentHeader or authentication or destinationOptions)
        {
            if (rest.Length < 8)
            {
                return false;
            }

            var header = protocol;
            var length = header switch { fragmentHeader => 8, authentication => (rest[1] + 2) * 4, _ => (rest[1] + 1) * 8 };
            var position = Word(rest, 2);
            protocol = rest[0];
            if (length > rest.Length)
            {
                return false;
            }

            rest = rest[length..];
            if (header == fragmentHeader && position != 0)
            {
                fragment = AnyFragment;
                if ((position & 0xfff8) != 0)
                {
                    fragment |= LaterFragment;
                    protocol = fragmentHeader;
                    return true;
                }
            }
        }

        return true;
    }

    private static ulong ReadTransport(ReadOnlySpan<byte> transport, byte protocol, byte fragment, bool isV6)
    {
        const byte icmp = 1;
        const byte tcp = 6;
        const byte udp = 17;
        const byte icmpV6 = 58;
        const byte sctp = 132;
        ushort first = 0, second = 0, flags = 0;
        if ((fragment & LaterFragment) == 0)
        {
            if (protocol == tcp && transport.Length >= 20)
            {
                (first, second, flags) = (Word(transport, 0), Word(transport, 2), (ushort)(Word(transport, 12) & 0xfff));
            }
            else if ((protocol == udp && transport.Length >= 8) || (protocol == sctp && transport.Length >= 12))
            {
                (first, second) = (Word(transport, 0), Word(transport, 2));
            }
            else if (protocol == (isV6 ? icmpV6 : icmp) && transport.Length >= 8)
            {
                (first, second) = (transport[0], transport[1]);
            }
        }

        return fragment != 0
            ? SwitchKey.TransportOf(protocol, fragment, flags, 0, 0)
            : SwitchKey.TransportOf(protocol, 0, flags, first, second);
    }

    private static ushort Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static ulong Mac(ReadOnlySpan<byte> bytes) => (ulong)Word(bytes, 0) << 32 | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
}
