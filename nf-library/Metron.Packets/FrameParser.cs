using System.Buffers.Binary;

namespace Metron.Packets;

/// <summary>
/// Reads an Ethernet frame's headers once, with every bound checked; afterwards <see cref="PacketHeaders"/> and
/// <see cref="FrameLayout"/> are known to fit the frame. What it refuses, and by which <see cref="DropReason"/>, stands in the README.
/// </summary>
public static class FrameParser
{
    private const int EthernetLength = 14;
    private const int TagLength = 4;
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeIpv6 = 0x86dd;
    private const ushort EtherTypeVlan = 0x8100;
    private const ushort EtherTypeServiceVlan = 0x88a8;

    /// <summary>Parses a frame.</summary>
    /// <param name="frame">The frame from its destination MAC on; at least its headers must be contiguous.</param>
    /// <param name="frameLength">Length of the whole frame, not less than that of <paramref name="frame"/>.</param>
    /// <param name="tagged">Whether the frame carries its dispatch tag in an 802.1Q header.</param>
    /// <param name="headers">The header fields; undefined when the result is not <see cref="DropReason.None"/>.</param>
    /// <param name="layout">Where the headers lie; undefined when the result is not <see cref="DropReason.None"/>.</param>
    /// <returns><see cref="DropReason.None"/>, or why the frame must be dropped.</returns>
    public static DropReason Parse(
        ReadOnlySpan<byte> frame, int frameLength, bool tagged, out PacketHeaders headers, out FrameLayout layout)
    {
        headers = default;
        layout = default;
        var networkOffset = EthernetLength + (tagged ? TagLength : 0);
        if (frame.Length < networkOffset)
        {
            return DropReason.Truncated;
        }

        headers.EthernetDestination = ReadMac(frame);
        headers.EthernetSource = ReadMac(frame[6..]);
        headers.FrameLength = (ushort)Math.Min(frameLength - (tagged ? TagLength : 0), ushort.MaxValue);
        layout.NetworkOffset = (ushort)networkOffset;
        return BinaryPrimitives.ReadUInt16BigEndian(frame[(networkOffset - 2)..]) switch
        {
            EtherTypeIpv4 => ParseIpv4(frame, frameLength, ref headers, ref layout),
            EtherTypeIpv6 => ParseIpv6(frame, frameLength, ref headers, ref layout),
            EtherTypeVlan or EtherTypeServiceVlan => DropReason.VlanTagged,
            _ => DropReason.NotIp,
        };
    }

    /// <summary>
    /// Parses the packet that an ICMP error embeds: as much of it as was quoted, at least the IP header and 8 bytes (RFC 792; RFC 4443).
    /// Its length and checksum are not judged, since routers on its way may have left them as they were.
    /// </summary>
    /// <param name="frame">The frame that <paramref name="layout"/> was read from.</param>
    /// <param name="headers">The frame's headers, of kind <see cref="IcmpKind.Error"/>.</param>
    /// <param name="layout">The frame's layout, completed here.</param>
    /// <param name="embedded">Addresses, protocol, ports and TTL of the embedded packet; undefined unless the result is None.</param>
    public static DropReason ParseEmbedded(
        ReadOnlySpan<byte> frame, in PacketHeaders headers, ref FrameLayout layout, out PacketHeaders embedded)
    {
        embedded = default;
        var offset = layout.TransportOffset + 8;
        var end = EndOfPacket(frame, headers.IsV6, layout.NetworkOffset);
        layout.EmbeddedNetworkOffset = (ushort)offset;
        var reason = headers.IsV6
            ? NetworkParser.ReadIpv6(frame[..end], offset, ref embedded, out var transport, out var hasTransport)
            : ReadEmbeddedIpv4(frame[..end], offset, ref embedded, out transport, out hasTransport);
        if (reason != DropReason.None)
        {
            return DropReason.IcmpErrorMalformed;
        }

        if (!hasTransport)
        {
            return DropReason.None;
        }

        layout.EmbeddedTransportOffset = (ushort)transport;
        return TransportParser.ReadQuoted(frame[..end], ref embedded, ref layout)
            ? DropReason.None
            : DropReason.IcmpErrorMalformed;
    }

    private static DropReason ParseIpv4(ReadOnlySpan<byte> frame, int frameLength, ref PacketHeaders headers, ref FrameLayout layout)
    {
        int offset = layout.NetworkOffset;
        var reason = NetworkParser.ReadIpv4(frame, offset, ref headers, out var headerLength, out var totalLength, out var hasTransport);
        if (reason != DropReason.None)
        {
            return reason;
        }

        if (totalLength < headerLength)
        {
            return DropReason.MalformedHeader;
        }

        if (totalLength > frameLength - offset)
        {
            return DropReason.Truncated;
        }

        var ip = frame.Slice(offset, headerLength);
        if (!InternetChecksum.IsValid(ip))
        {
            return DropReason.BadChecksum;
        }

        if (!NetworkParser.AreOptionsForwarded(ip[NetworkParser.Ipv4HeaderLength..]))
        {
            return DropReason.IpOptions;
        }

        layout.IsPlain = headerLength == NetworkParser.Ipv4HeaderLength;
        return Finish(frame, offset + headerLength, totalLength - headerLength, hasTransport, ref headers, ref layout);
    }

    private static DropReason ParseIpv6(ReadOnlySpan<byte> frame, int frameLength, ref PacketHeaders headers, ref FrameLayout layout)
    {
        int offset = layout.NetworkOffset;
        if (frame.Length < offset + NetworkParser.Ipv6HeaderLength)
        {
            return DropReason.Truncated;
        }

        var payloadLength = BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 4)..]);
        var packetEnd = offset + NetworkParser.Ipv6HeaderLength + payloadLength;
        if (packetEnd > frameLength)
        {
            return DropReason.Truncated;
        }

        var packet = frame[..Math.Min(frame.Length, packetEnd)];
        var reason = NetworkParser.ReadIpv6(packet, offset, ref headers, out var transport, out var hasTransport);
        if (reason != DropReason.None)
        {
            return reason;
        }

        layout.IsPlain = transport == offset + NetworkParser.Ipv6HeaderLength;
        return Finish(frame, transport, packetEnd - transport, hasTransport, ref headers, ref layout);
    }

    private static DropReason Finish(
        ReadOnlySpan<byte> frame, int transport, int length, bool hasTransport, ref PacketHeaders headers, ref FrameLayout layout)
    {
        if (MartianAddresses.IsMartian(headers.Source, headers.Destination))
        {
            return DropReason.MartianAddress;
        }

        if (!hasTransport)
        {
            return DropReason.None;
        }

        layout.TransportOffset = (ushort)transport;
        return TransportParser.Read(frame, length, ref headers, ref layout);
    }

    private static DropReason ReadEmbeddedIpv4(
        ReadOnlySpan<byte> packet, int offset, ref PacketHeaders embedded, out int transport, out bool hasTransport)
    {
        var reason = NetworkParser.ReadIpv4(packet, offset, ref embedded, out var headerLength, out _, out hasTransport);
        transport = offset + headerLength;
        return reason;
    }

    /// <summary>Where the packet ends that the frame holds, padding and what is not contiguous left out. Its length was judged by Parse.</summary>
    private static int EndOfPacket(ReadOnlySpan<byte> frame, bool isV6, int offset)
    {
        var length = isV6
            ? NetworkParser.Ipv6HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 4)..])
            : BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 2)..]);
        return Math.Min(frame.Length, offset + length);
    }

    /// <summary>Reads a MAC address from its 6 bytes.</summary>
    public static MacAddress ReadMac(ReadOnlySpan<byte> bytes) =>
        new((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32 | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]));
}
