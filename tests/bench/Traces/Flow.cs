using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.Bench.Traces;

/// <summary>A flow of UDP packets, or a TCP connection.</summary>
/// <param name="Source">IPv4 address in the low 32 bits, or an IPv6 address.</param>
/// <param name="Destination">As the source.</param>
/// <param name="SourcePort">Port.</param>
/// <param name="DestinationPort">Port.</param>
/// <param name="IsV6">Whether it is IPv6.</param>
internal readonly record struct Flow(UInt128 Source, UInt128 Destination, ushort SourcePort, ushort DestinationPort, bool IsV6)
{
    private const int EthernetLength = 14;
    private const int UdpLength = 8;
    private const int TcpLength = 20;

    /// <summary>Destination MAC of the first worker's frames: the tag 1, as a switch that tags by MAC writes it. The next worker's is the next one.</summary>
    public const ulong TagMac = 0x024d_5400_0001;

    /// <summary>Source MAC of every frame.</summary>
    public const ulong ClientMac = 0x0200_0000_00c1;

    /// <summary>The worker that a switch sends it to, when there are two: bit 1 of the source port.</summary>
    public int WorkerOfTwo => (SourcePort >> 1) & 1;

    /// <summary>Builds a segment from the connection's client, with a payload that fills the frame.</summary>
    /// <param name="length">Bytes of the frame without FCS: at least 74.</param>
    /// <param name="sequence">Sequence number.</param>
    /// <param name="flags">TCP flags.</param>
    /// <param name="text">The payload; longer than the frame has room for.</param>
    public byte[] ToSegment(int length, uint sequence, TcpFlags flags, ReadOnlySpan<byte> text)
    {
        var (frame, tcp) = Start(length, IpProtocol.Tcp, worker: 0);
        BinaryPrimitives.WriteUInt32BigEndian(tcp.Span[4..], sequence);
        tcp.Span[12] = TcpLength / 4 << 4;
        tcp.Span[13] = (byte)flags;
        text[..(tcp.Length - TcpLength)].CopyTo(tcp.Span[TcpLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(tcp.Span[16..], TransportChecksum(frame, tcp.Span, IpProtocol.Tcp));
        return frame;
    }

    /// <summary>Builds a frame of the flow.</summary>
    /// <param name="length">Bytes of the frame without FCS: at least 62 for IPv6, 42 for IPv4.</param>
    /// <param name="number">Goes into the payload, as far as there is room, to tell packets apart.</param>
    /// <param name="text">What the payload is filled with behind the number.</param>
    /// <param name="worker">Worker whose tag it carries.</param>
    public byte[] ToFrame(int length, uint number, ReadOnlySpan<byte> text = default, int worker = 0)
    {
        var (frame, memory) = Start(length, IpProtocol.Udp, worker);
        var udp = memory.Span;
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        if (udp.Length >= UdpLength + 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(udp[UdpLength..], number);
            var room = udp[(UdpLength + 4)..];
            text[..Math.Min(text.Length, room.Length)].CopyTo(room);
        }

        var checksum = TransportChecksum(frame, udp, IpProtocol.Udp);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum == 0 ? (ushort)0xffff : checksum);
        return frame;
    }

    /// <summary>A frame with Ethernet, IP and ports, and where its transport header begins.</summary>
    private (byte[] Frame, Memory<byte> Transport) Start(int length, byte protocol, int worker)
    {
        var frame = new byte[length];
        WriteMac(frame, TagMac + (ulong)worker);
        WriteMac(frame.AsSpan(6), ClientMac);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), IsV6 ? (ushort)0x86dd : (ushort)0x0800);
        var ip = frame.AsSpan(EthernetLength);
        var header = IsV6 ? WriteIpv6(ip, protocol) : WriteIpv4(ip, protocol);
        var transport = frame.AsMemory(EthernetLength + header);
        BinaryPrimitives.WriteUInt16BigEndian(transport.Span, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(transport.Span[2..], DestinationPort);
        return (frame, transport);
    }

    private ushort TransportChecksum(byte[] frame, ReadOnlySpan<byte> transport, byte protocol)
    {
        var addresses = IsV6 ? frame.AsSpan(EthernetLength + 8, 32) : frame.AsSpan(EthernetLength + 12, 8);
        return Checksum.Fold(Checksum.Add(transport, Checksum.Add(addresses, (uint)protocol + (uint)transport.Length)));
    }

    private static void WriteMac(Span<byte> octets, ulong mac)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)(mac >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[2..], (uint)mac);
    }

    private int WriteIpv4(Span<byte> ip, byte protocol)
    {
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[6] = 0x40;
        ip[8] = 64;
        ip[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], (uint)Source);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)Destination);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum.Fold(Checksum.Add(ip[..20], 0)));
        return 20;
    }

    private int WriteIpv6(Span<byte> ip, byte protocol)
    {
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(ip.Length - 40));
        ip[6] = protocol;
        ip[7] = 64;
        BinaryPrimitives.WriteUInt128BigEndian(ip[8..], Source);
        BinaryPrimitives.WriteUInt128BigEndian(ip[24..], Destination);
        return 40;
    }
}
