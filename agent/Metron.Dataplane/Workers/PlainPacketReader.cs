using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Metron.Dataplane.Flows;
using Metron.Packets;

namespace Metron.Dataplane.Workers;

/// <summary>
/// Reads the flow key of a plain packet: right in all that <see cref="FrameParser"/> judges, no options, extension headers or fragment, no
/// SYN, FIN or RST, and of ICMP only echo and timestamp. Everything else is left to the slow path, which says what is wrong with it.
/// Addresses are not judged: an entry is only ever made for good ones.
/// </summary>
/// <remarks>Marked inner loop. About 15 cycles per packet. Words are read as they lie in memory; x86 and Arm are little endian.</remarks>
internal static unsafe class PlainPacketReader
{
    private const int TcpLength = 20;
    private const int UdpLength = 8;
    private const int SctpLength = 12;
    private const int IcmpLength = 8;
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;

    /// <summary>SYN, FIN and RST in the second byte of the word that holds data offset and flags.</summary>
    private const int HandshakeFlags = 0x0700;

    /// <summary>Reads an IPv4 key.</summary>
    /// <param name="ip">The header.</param>
    /// <param name="contiguous">Bytes from there that may be read.</param>
    /// <param name="length">Bytes from there to the frame's end.</param>
    /// <param name="slot">Ingress slot.</param>
    /// <param name="key">Gets the key.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadIpv4(byte* ip, int contiguous, int length, ushort slot, out FlowKey<Ipv4Addresses> key)
    {
        key = default;
        if (contiguous < Ipv4Length + UdpLength)
        {
            return false;
        }

        var first = *(ulong*)ip;
        var second = *(uint*)(ip + 8);
        var addresses = *(ulong*)(ip + 12);
        // Version 4 with 5 words; neither more fragments nor an offset.
        if ((first & 0xff3f_0000_0000_00ff) != 0x45)
        {
            return false;
        }

        var sum = (uint)first + (first >> 32) + second + (uint)addresses + (addresses >> 32);
        var totalLength = BinaryPrimitives.ReverseEndianness((ushort)(first >> 16));
        var protocol = (byte)(second >> 8);
        if (!IsChecksumRight(sum)
            || totalLength > length
            || !TryReadPorts(ip + Ipv4Length, contiguous - Ipv4Length, totalLength - Ipv4Length, protocol, IpProtocol.Icmp, out var ports))
        {
            return false;
        }

        key = new FlowKey<Ipv4Addresses>(new Ipv4Addresses(addresses), FlowKey<Ipv4Addresses>.RestOf(ports, protocol, slot));
        return true;
    }

    /// <summary>Reads an IPv6 key.</summary>
    /// <param name="ip">The header.</param>
    /// <param name="contiguous">Bytes from there that may be read.</param>
    /// <param name="length">Bytes from there to the frame's end.</param>
    /// <param name="slot">Ingress slot.</param>
    /// <param name="key">Gets the key.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadIpv6(byte* ip, int contiguous, int length, ushort slot, FlowKey<Ipv6Addresses>* key)
    {
        if (contiguous < Ipv6Length + UdpLength || *ip >> 4 != 6)
        {
            return false;
        }

        var payloadLength = BinaryPrimitives.ReverseEndianness(*(ushort*)(ip + 4));
        var protocol = ip[6];
        if (Ipv6Length + payloadLength > length
            || !TryReadPorts(ip + Ipv6Length, contiguous - Ipv6Length, payloadLength, protocol, IpProtocol.IcmpV6, out var ports))
        {
            return false;
        }

        var words = (ulong*)(ip + 8);
        *key = new FlowKey<Ipv6Addresses>(
            new Ipv6Addresses(words[0], words[1], words[2], words[3]), FlowKey<Ipv6Addresses>.RestOf(ports, protocol, slot));
        return true;
    }

    /// <summary>The ports part of the key that a parsed packet of these headers has.</summary>
    /// <returns>False when packets like it are never plain.</returns>
    public static bool TryGetPorts(in PacketHeaders headers, out uint ports)
    {
        ports = 0;
        switch (headers.Protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp:
                ports = Pack(headers.SourcePort, headers.DestinationPort);
                return true;
            case IpProtocol.Icmp when !headers.IsV6:
            case IpProtocol.IcmpV6 when headers.IsV6:
                ports = Pack(headers.SourcePort, (ushort)(headers.IcmpType << 8 | headers.IcmpCode));
                return headers.IcmpKind is IcmpKind.Query or IcmpKind.Reply;
            default:
                return true;
        }
    }

    /// <summary>
    /// Whether a header's words add up to 0xffff. The sum of five 32-bit words needs fewer folds than <see cref="InternetChecksum.Fold"/> makes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsChecksumRight(ulong sum)
    {
        sum = (sum >> 32) + (uint)sum;
        var half = (uint)(sum >> 16) + (ushort)sum;
        return (half >> 16) + (ushort)half == 0xffff;
    }

    /// <summary>Two ports as they stand on the wire.</summary>
    public static uint Pack(ushort source, ushort destination) =>
        BinaryPrimitives.ReverseEndianness(source) | (uint)BinaryPrimitives.ReverseEndianness(destination) << 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadPorts(byte* transport, int contiguous, int length, byte protocol, byte icmp, out uint ports)
    {
        ports = *(uint*)transport;
        if (protocol == IpProtocol.Tcp)
        {
            return contiguous >= TcpLength && IsPlainTcp(*(ushort*)(transport + 12), length);
        }

        if (protocol == IpProtocol.Udp)
        {
            var datagramLength = BinaryPrimitives.ReverseEndianness(*(ushort*)(transport + 4));
            return datagramLength >= UdpLength && datagramLength <= length;
        }

        var other = ReadOther(transport, length, protocol, icmp);
        ports = (uint)other;
        return other >= 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsPlainTcp(ushort offsetAndFlags, int length)
    {
        var headerLength = (offsetAndFlags & 0xf0) >> 2;
        return (offsetAndFlags & HandshakeFlags) == 0 && headerLength >= TcpLength && headerLength <= length;
    }

    /// <summary>The ports part of the key for protocols other than TCP and UDP; -1 when the packet is not plain.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long ReadOther(byte* transport, int length, byte protocol, byte icmp)
    {
        if (protocol == icmp)
        {
            var type = *transport;
            var isPlain = length >= IcmpLength && (icmp == IpProtocol.Icmp ? type is 0 or 8 or 13 or 14 : type is 128 or 129);
            // Identifier, then type and code.
            return isPlain ? *(ushort*)(transport + 4) | (long)*(ushort*)transport << 16 : -1;
        }

        if (protocol == IpProtocol.Sctp)
        {
            return length >= SctpLength ? *(uint*)transport : -1;
        }

        // IPv6 extension headers: hop-by-hop, routing, fragment, AH, destination options.
        return length >= 0 && (icmp == IpProtocol.Icmp || protocol is not (0 or 43 or 44 or IpProtocol.Ah or 60)) ? 0 : -1;
    }
}
