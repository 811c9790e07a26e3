using System.Buffers.Binary;

namespace Metron.Packets.Tests;

/// <summary>
/// Makes frames field by field, with checksums recomputed in full by the plainest loop there is: the oracle for incremental updates.
/// </summary>
public sealed record FrameBuilder
{
    public MacAddress EthernetSource { get; init; } = MacAddress.Parse("02:00:00:00:00:0a");

    public MacAddress EthernetDestination { get; init; } = MacAddress.Parse("02:00:00:00:00:0b");

    public ushort? Vlan { get; init; }

    public IpAddress Source { get; init; } = IpAddress.Parse("10.0.0.5");

    public IpAddress Destination { get; init; } = IpAddress.Parse("192.0.2.9");

    public byte Protocol { get; init; } = IpProtocol.Udp;

    public byte TimeToLive { get; init; } = 64;

    public ushort SourcePort { get; init; } = 40000;

    public ushort DestinationPort { get; init; } = 53;

    public TcpFlags TcpFlags { get; init; } = TcpFlags.Acknowledgement;

    /// <summary>Options behind the TCP header; a multiple of 4 bytes, at most 40.</summary>
    public byte[] TcpOptions { get; init; } = [];

    public byte IcmpType { get; init; }

    public byte IcmpCode { get; init; }

    /// <summary>Flags and offset of an IPv4 fragment as in the header.</summary>
    public ushort Fragment { get; init; }

    public bool UdpChecksum { get; init; } = true;

    public byte[] Payload { get; init; } = [1, 2, 3, 4, 5];

    public static ushort NaiveChecksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            sum += (uint)(i % 2 == 0 ? bytes[i] << 8 : bytes[i]);
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    /// <summary>Ethernet to payload.</summary>
    public byte[] Build()
    {
        var ethernet = new List<byte>();
        ethernet.AddRange(MacBytes(EthernetDestination));
        ethernet.AddRange(MacBytes(EthernetSource));
        if (Vlan is { } vlan)
        {
            ethernet.AddRange([0x81, 0x00, (byte)(vlan >> 8), (byte)vlan]);
        }

        ethernet.AddRange(Source.IsV6 ? [0x86, 0xdd] : [0x08, 0x00]);
        ethernet.AddRange(BuildPacket());
        return [.. ethernet];
    }

    /// <summary>IP header to payload: what an ICMP error embeds.</summary>
    public byte[] BuildPacket()
    {
        var transport = BuildTransport();
        return Source.IsV6 ? [.. Ipv6Header(transport.Length), .. transport] : [.. Ipv4Header(transport.Length), .. transport];
    }

    private static byte[] MacBytes(MacAddress mac) => [.. Enumerable.Range(0, 6).Select(i => (byte)(mac.Value >> (40 - (8 * i))))];

    private byte[] AddressBytes(IpAddress address)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address.Value);
        return Source.IsV6 ? bytes : bytes[12..];
    }

    private byte[] Ipv4Header(int length)
    {
        byte[] header =
        [
            0x45, 0, (byte)((20 + length) >> 8), (byte)(20 + length), 0x12, 0x34, (byte)(Fragment >> 8), (byte)Fragment,
            TimeToLive, Protocol, 0, 0, .. AddressBytes(Source), .. AddressBytes(Destination),
        ];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), NaiveChecksum(header));
        return header;
    }

    private byte[] Ipv6Header(int length) =>
    [
        0x60, 0, 0, 0, (byte)(length >> 8), (byte)length, Protocol, TimeToLive, .. AddressBytes(Source), .. AddressBytes(Destination),
    ];

    private byte[] BuildTransport()
    {
        byte[] ports = [(byte)(SourcePort >> 8), (byte)SourcePort, (byte)(DestinationPort >> 8), (byte)DestinationPort];
        var length = 8 + Payload.Length;
        switch (Protocol)
        {
            case IpProtocol.Tcp:
                return Sum([.. ports, 1, 2, 3, 4, 5, 6, 7, 8, (byte)(0x50 + (TcpOptions.Length << 2)), (byte)TcpFlags, 0x20, 0, 0, 0, 0, 0, .. TcpOptions, .. Payload], 16, true);
            case IpProtocol.Udp:
                byte[] datagram = [.. ports, (byte)(length >> 8), (byte)length, 0, 0, .. Payload];
                return UdpChecksum ? Sum(datagram, 6, true) : datagram;
            case IpProtocol.Icmp or IpProtocol.IcmpV6:
                return Sum([IcmpType, IcmpCode, 0, 0, ports[0], ports[1], 0, 1, .. Payload], 2, Protocol == IpProtocol.IcmpV6);
            default:
                return Payload;
        }
    }

    private byte[] Sum(byte[] segment, int offset, bool hasPseudoHeader)
    {
        byte[] pseudo = hasPseudoHeader
            ? [.. AddressBytes(Source), .. AddressBytes(Destination), 0, Protocol, (byte)(segment.Length >> 8), (byte)segment.Length]
            : [];
        var checksum = NaiveChecksum([.. pseudo, .. segment]);
        BinaryPrimitives.WriteUInt16BigEndian(
            segment.AsSpan(offset), Protocol == IpProtocol.Udp && checksum == 0 ? (ushort)0xffff : checksum);
        return segment;
    }
}
