using System.Buffers.Binary;
using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>Changes headers of frames as actions say, and keeps checksums right.</summary>
internal static class FrameWriter
{
    /// <summary>Writes a field into a frame; false when the frame has no such field.</summary>
    public static bool TrySet(byte[] frame, in FrameLayout layout, OxmField field)
    {
        var type = field.Type;
        var value = field.Value;
        if (type == Oxm.EthernetDestination || type == Oxm.EthernetSource)
        {
            field.ValueBytes.CopyTo(frame.AsSpan(type == Oxm.EthernetSource ? 6 : 0));
            return true;
        }

        if (type == Oxm.VlanId || type == Oxm.VlanPriority)
        {
            return FrameReader.HasVlan(frame) && SetVlan(frame.AsSpan(14), type, (ushort)value);
        }

        if (layout.Mpls != 0 && (type == Oxm.MplsLabel || type == Oxm.MplsTrafficClass || type == Oxm.MplsBottomOfStack))
        {
            var (shift, mask) = type == Oxm.MplsLabel ? (12, 0xfffffU) : type == Oxm.MplsTrafficClass ? (9, 7U) : (8, 1U);
            var entry = frame.AsSpan(layout.Mpls);
            var bits = BinaryPrimitives.ReadUInt32BigEndian(entry);
            BinaryPrimitives.WriteUInt32BigEndian(entry, (bits & ~(mask << shift)) | ((uint)value << shift));
            return true;
        }

        if (layout.Ip == 0 || !(SetIp(frame.AsSpan(layout.Ip), type, field) || SetTransport(frame, layout, type, (ushort)value)))
        {
            return false;
        }

        FixChecksums(frame, layout);
        return true;
    }

    public static byte[] PushVlan(byte[] frame, ushort etherType)
    {
        // The new header has the number and priority of the one below it, or zeros (OpenFlow 1.3.5 section 5.13).
        var control = FrameReader.HasVlan(frame) ? frame.AsSpan(14, 2) : default(Span<byte>);
        byte[] inner = control.IsEmpty ? [0, 0] : control.ToArray();
        return [.. frame.AsSpan(0, 12), (byte)(etherType >> 8), (byte)etherType, .. inner, .. frame.AsSpan(12)];
    }

    public static byte[] PopVlan(byte[] frame) => FrameReader.HasVlan(frame) ? [.. frame.AsSpan(0, 12), .. frame.AsSpan(16)] : frame;

    public static byte[] PushMpls(byte[] frame, in FrameLayout layout, ushort etherType)
    {
        if (layout.Type == 0)
        {
            return frame;
        }

        var at = layout.Type + 2;
        uint entry = layout.Mpls != 0
            ? BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(layout.Mpls)) & ~0x100U
            : 0x100U | (layout.Ip != 0 ? TimeToLive(frame, layout) : (byte)64);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, entry);
        return [.. frame.AsSpan(0, layout.Type), (byte)(etherType >> 8), (byte)etherType, .. bytes, .. frame.AsSpan(at)];
    }

    public static byte[] PopMpls(byte[] frame, in FrameLayout layout, ushort etherType) => layout.Mpls == 0
        ? frame
        : [.. frame.AsSpan(0, layout.Type), (byte)(etherType >> 8), (byte)etherType, .. frame.AsSpan(layout.Mpls + 4)];

    /// <summary>The time to live or hop limit; 0 when there is no IP header.</summary>
    public static byte TimeToLive(byte[] frame, in FrameLayout layout) =>
        layout.Ip == 0 ? (byte)0 : frame[layout.Ip + TimeToLiveOffset(frame, layout)];

    public static void SetTimeToLive(byte[] frame, in FrameLayout layout, byte value)
    {
        if (layout.Ip != 0)
        {
            frame[layout.Ip + TimeToLiveOffset(frame, layout)] = value;
            FixChecksums(frame, layout);
        }
    }

    private static int TimeToLiveOffset(byte[] frame, in FrameLayout layout) => IsV6(frame, layout) ? 7 : 8;

    private static bool IsV6(byte[] frame, in FrameLayout layout) => frame[layout.Ip] >> 4 == 6;

    private static bool SetVlan(Span<byte> control, OxmType type, ushort value)
    {
        var bits = BinaryPrimitives.ReadUInt16BigEndian(control);
        var changed = type == Oxm.VlanId ? (bits & 0xf000) | (value & 0xfff) : (bits & 0x1fff) | (value << 13);
        BinaryPrimitives.WriteUInt16BigEndian(control, (ushort)changed);
        return true;
    }

    private static bool SetIp(Span<byte> packet, OxmType type, OxmField field)
    {
        var isV6 = packet[0] >> 4 == 6;
        if (type == Oxm.IpDscp || type == Oxm.IpEcn)
        {
            var trafficClass = isV6 ? (byte)(BinaryPrimitives.ReadUInt16BigEndian(packet) >> 4) : packet[1];
            trafficClass = (byte)(type == Oxm.IpDscp ? (trafficClass & 3) | ((byte)field.Value << 2) : (trafficClass & 0xfc) | (byte)field.Value);
            if (isV6)
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet, (ushort)((BinaryPrimitives.ReadUInt16BigEndian(packet) & 0xf00f) | (trafficClass << 4)));
            }
            else
            {
                packet[1] = trafficClass;
            }

            return true;
        }

        var at = type switch
        {
            _ when !isV6 && type == Oxm.Ipv4Source => 12,
            _ when !isV6 && type == Oxm.Ipv4Destination => 16,
            _ when isV6 && type == Oxm.Ipv6Source => 8,
            _ when isV6 && type == Oxm.Ipv6Destination => 24,
            _ => -1,
        };
        if (at < 0)
        {
            return false;
        }

        field.ValueBytes.CopyTo(packet[at..]);
        return true;
    }

    private static bool SetTransport(byte[] frame, in FrameLayout layout, OxmType type, ushort value)
    {
        var protocol = layout.Protocol;
        var at = type switch
        {
            _ when layout.Transport == 0 => -1,
            _ when type == Oxm.TcpSource => protocol == FrameReader.Tcp ? 0 : -1,
            _ when type == Oxm.TcpDestination => protocol == FrameReader.Tcp ? 2 : -1,
            _ when type == Oxm.UdpSource => protocol == FrameReader.Udp ? 0 : -1,
            _ when type == Oxm.UdpDestination => protocol == FrameReader.Udp ? 2 : -1,
            _ => -1,
        };
        if (at < 0 || frame.Length < layout.Transport + 8)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(layout.Transport + at), value);
        return true;
    }

    private static void FixChecksums(byte[] frame, in FrameLayout layout)
    {
        var packet = frame.AsSpan(layout.Ip);
        var isV6 = packet[0] >> 4 == 6;
        if (!isV6)
        {
            var header = packet[..((packet[0] & 15) * 4)];
            header[10..12].Clear();
            BinaryPrimitives.WriteUInt16BigEndian(header[10..], Fold(Sum(header)));
        }

        var end = layout.Ip + (isV6 ? 40 + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) : BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
        var at = layout.Protocol switch { FrameReader.Tcp => 16, FrameReader.Udp => 6, FrameReader.IcmpV6 when isV6 => 2, _ => -1 };
        if (layout.Transport == 0 || at < 0 || end - layout.Transport < at + 2)
        {
            return;
        }

        var transport = frame.AsSpan(layout.Transport, end - layout.Transport);
        var checksum = transport.Slice(at, 2);
        if (layout.Protocol == FrameReader.Udp && !isV6 && BinaryPrimitives.ReadUInt16BigEndian(checksum) == 0)
        {
            return; // sent without checksum (RFC 768)
        }

        checksum.Clear();
        var addresses = isV6 ? packet.Slice(8, 32) : packet.Slice(12, 8);
        var folded = Fold(Sum(addresses) + Sum(transport) + layout.Protocol + (ulong)transport.Length);
        BinaryPrimitives.WriteUInt16BigEndian(checksum, folded == 0 && layout.Protocol == FrameReader.Udp ? (ushort)0xffff : folded);
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0UL;
        for (var i = 0; i + 1 < bytes.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        }

        return bytes.Length % 2 == 0 ? sum : sum + ((ulong)bytes[^1] << 8);
    }

    private static ushort Fold(ulong sum)
    {
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
