using System.Buffers.Binary;

namespace Metron.Packets;

/// <summary>Reads TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260; ports only), ICMP (RFC 792) and ICMPv6 (RFC 4443) headers; others have no ports.</summary>
internal static class TransportParser
{
    private const int TcpHeaderLength = 20;
    private const int UdpHeaderLength = 8;
    private const int SctpHeaderLength = 12;
    private const int IcmpHeaderLength = 8;

    /// <summary>Least that an ICMP error must quote of the transport header (RFC 792).</summary>
    private const int QuotedLength = 8;

    private const int TcpChecksum = 16;
    private const int UdpChecksum = 6;
    private const int IcmpChecksum = 2;

    /// <summary>Reads the transport header of a packet, or of a first fragment: there only to find its checksum.</summary>
    /// <param name="frame">The contiguous part of the frame.</param>
    /// <param name="length">Bytes from the transport header to the packet's end, in the whole frame.</param>
    /// <param name="headers">Headers read so far.</param>
    /// <param name="layout">Layout read so far.</param>
    public static DropReason Read(ReadOnlySpan<byte> frame, int length, ref PacketHeaders headers, ref FrameLayout layout)
    {
        var minimum = MinimumLength(headers.Protocol, headers.IsV6);
        if (length < minimum || frame.Length < layout.TransportOffset + minimum)
        {
            return DropReason.Truncated;
        }

        var transport = frame[layout.TransportOffset..];
        layout.ChecksumOffset = ChecksumOffset(headers, layout.TransportOffset);
        if (headers.IsFragment)
        {
            // Open vSwitch hides the ports of a first fragment (OFPC_FRAG_NORMAL) but not its TCP flags, and so it is with us.
            headers.TcpFlags = headers.Protocol == IpProtocol.Tcp ? (TcpFlags)transport[13] : TcpFlags.None;
            return DropReason.None;
        }

        switch (headers.Protocol)
        {
            case IpProtocol.Tcp:
                ReadPorts(transport, ref headers);
                headers.TcpFlags = (TcpFlags)transport[13];
                var headerLength = (transport[12] >> 4) * 4;
                return headerLength < TcpHeaderLength ? DropReason.MalformedHeader
                    : headerLength > length ? DropReason.Truncated
                    : DropReason.None;
            case IpProtocol.Udp:
                ReadPorts(transport, ref headers);
                var datagramLength = BinaryPrimitives.ReadUInt16BigEndian(transport[4..]);
                return datagramLength < UdpHeaderLength ? DropReason.MalformedHeader
                    : datagramLength > length ? DropReason.Truncated
                    : DropReason.None;
            case IpProtocol.Sctp:
                ReadPorts(transport, ref headers);
                return DropReason.None;
            case IpProtocol.Icmp when !headers.IsV6:
            case IpProtocol.IcmpV6 when headers.IsV6:
                ReadIcmp(transport, ref headers);
                return DropReason.None;
            default:
                return DropReason.None;
        }
    }

    /// <summary>Reads the quoted start of a transport header; false when it is too short, or itself an ICMP error (RFC 1122 3.2.2).</summary>
    public static bool ReadQuoted(ReadOnlySpan<byte> packet, ref PacketHeaders headers, ref FrameLayout layout)
    {
        if (packet.Length < layout.EmbeddedTransportOffset + QuotedLength)
        {
            return false;
        }

        var transport = packet[layout.EmbeddedTransportOffset..];
        var checksum = ChecksumOffset(headers, layout.EmbeddedTransportOffset);
        layout.EmbeddedChecksumOffset = checksum + 2 <= packet.Length ? checksum : (ushort)0;
        if (headers.IsFragment)
        {
            return true;
        }

        if (headers.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp)
        {
            ReadPorts(transport, ref headers);
        }
        else if (headers.Protocol == (headers.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp))
        {
            ReadIcmp(transport, ref headers);
        }

        return headers.IcmpKind != IcmpKind.Error;
    }

    private static void ReadPorts(ReadOnlySpan<byte> transport, ref PacketHeaders headers)
    {
        headers.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(transport);
        headers.DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(transport[2..]);
    }

    private static void ReadIcmp(ReadOnlySpan<byte> transport, ref PacketHeaders headers)
    {
        headers.IcmpType = transport[0];
        headers.IcmpCode = transport[1];
        headers.IcmpKind = headers.IsV6 ? KindOfIcmpV6(transport[0]) : KindOfIcmp(transport[0]);
        if (headers.IcmpKind is IcmpKind.Query or IcmpKind.Reply)
        {
            headers.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(transport[4..]);
            headers.DestinationPort = headers.SourcePort;
        }
    }

    /// <summary>Echo 8/0 and timestamp 13/14; errors 3, 4, 5, 11, 12 (RFC 792).</summary>
    private static IcmpKind KindOfIcmp(byte type) => type switch
    {
        8 or 13 => IcmpKind.Query,
        0 or 14 => IcmpKind.Reply,
        3 or 4 or 5 or 11 or 12 => IcmpKind.Error,
        _ => IcmpKind.Other,
    };

    /// <summary>Echo 128/129; errors 1-4 (RFC 4443).</summary>
    private static IcmpKind KindOfIcmpV6(byte type) => type switch
    {
        128 => IcmpKind.Query,
        129 => IcmpKind.Reply,
        >= 1 and <= 4 => IcmpKind.Error,
        _ => IcmpKind.Other,
    };

    private static int MinimumLength(byte protocol, bool isV6) => protocol switch
    {
        IpProtocol.Tcp => TcpHeaderLength,
        IpProtocol.Udp => UdpHeaderLength,
        IpProtocol.Sctp => SctpHeaderLength,
        IpProtocol.Icmp when !isV6 => IcmpHeaderLength,
        IpProtocol.IcmpV6 when isV6 => IcmpHeaderLength,
        _ => 0,
    };

    private static ushort ChecksumOffset(in PacketHeaders headers, int transport) => headers.Protocol switch
    {
        IpProtocol.Tcp => (ushort)(transport + TcpChecksum),
        IpProtocol.Udp => (ushort)(transport + UdpChecksum),
        IpProtocol.Icmp when !headers.IsV6 => (ushort)(transport + IcmpChecksum),
        IpProtocol.IcmpV6 when headers.IsV6 => (ushort)(transport + IcmpChecksum),
        _ => 0,
    };
}
