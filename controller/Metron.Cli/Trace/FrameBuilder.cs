using System.Buffers.Binary;
using Metron.NetworkFunctions;
using Metron.Packets;

namespace Metron.Cli.Trace;

/// <summary>Makes the frame of a packet that is told in words: Ethernet, IPv4 or IPv6, and a transport header without payload.</summary>
internal static class FrameBuilder
{
    private const int EthernetLength = 14;
    private const int TagLength = 4;
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;
    private const byte TimeToLive = 64;

    /// <summary>Builds the frame, with right lengths and checksums.</summary>
    /// <param name="packet">One address each for source and destination, of one IP version; other fields are 0 where not given.</param>
    /// <param name="vlan">VLAN id 1-4094, or 0 for untagged.</param>
    /// <param name="source">Source MAC.</param>
    /// <param name="destination">Destination MAC.</param>
    public static byte[] Build(PacketMatch packet, ushort vlan, MacAddress source, MacAddress destination)
    {
        var from = packet.Source!.Value.Value.Address;
        var to = packet.Destination!.Value.Value.Address;
        var protocol = packet.Protocol?.Value ?? IpProtocol.Tcp;
        var segment = Segment(packet, protocol);
        WriteChecksum(segment, protocol, from, to);
        var header = from.IsV6 ? Ipv6Header(from, to, protocol, segment.Length) : Ipv4Header(from, to, protocol, segment.Length);
        return [.. Ethernet(vlan, source, destination, from.IsV6), .. header, .. segment];
    }

    private static byte[] Ethernet(ushort vlan, MacAddress source, MacAddress destination, bool isV6)
    {
        var bytes = new byte[EthernetLength + (vlan == 0 ? 0 : TagLength)];
        Span<byte> mac = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(mac, destination.Value);
        mac[2..].CopyTo(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(mac, source.Value);
        mac[2..].CopyTo(bytes.AsSpan(6));
        if (vlan != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(12), 0x8100);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), vlan);
        }

        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(bytes.Length - 2), (ushort)(isV6 ? 0x86dd : 0x0800));
        return bytes;
    }

    /// <summary>RFC 791 section 3.1.</summary>
    private static byte[] Ipv4Header(IpAddress source, IpAddress destination, byte protocol, int payload)
    {
        var bytes = new byte[Ipv4Length];
        bytes[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)(Ipv4Length + payload));
        bytes[6] = 0x40; // don't fragment
        bytes[8] = TimeToLive;
        bytes[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(12), (uint)source.Value);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(16), (uint)destination.Value);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(10), InternetChecksum.Compute(bytes));
        return bytes;
    }

    /// <summary>RFC 8200 section 3.</summary>
    private static byte[] Ipv6Header(IpAddress source, IpAddress destination, byte protocol, int payload)
    {
        var bytes = new byte[Ipv6Length];
        bytes[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)payload);
        bytes[6] = protocol;
        bytes[7] = TimeToLive;
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(8), source.Value);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(24), destination.Value);
        return bytes;
    }

    private static byte[] Segment(PacketMatch packet, byte protocol)
    {
        byte[] bytes = protocol switch
        {
            IpProtocol.Tcp => new byte[20],
            IpProtocol.Sctp => new byte[12],
            _ => new byte[8],
        };
        if (protocol is IpProtocol.Icmp or IpProtocol.IcmpV6)
        {
            bytes[0] = packet.IcmpType ?? (byte)(protocol == IpProtocol.Icmp ? 8 : 128);
            bytes[1] = packet.IcmpCode ?? 0;
        }
        else if (protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, packet.SourcePort?.Value.First ?? 0);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), packet.DestinationPort?.Value.First ?? 0);
        }

        if (protocol == IpProtocol.Tcp)
        {
            bytes[12] = 5 << 4;
            bytes[13] = (byte)packet.TcpFlagsSet;
        }
        else if (protocol == IpProtocol.Udp)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)bytes.Length);
        }

        return bytes;
    }

    private static void WriteChecksum(byte[] segment, byte protocol, IpAddress source, IpAddress destination)
    {
        var (offset, checksum) = protocol switch
        {
            IpProtocol.Tcp => (16, InternetChecksum.Compute(source, destination, protocol, segment)),
            IpProtocol.Udp => (6, InternetChecksum.Compute(source, destination, protocol, segment)),
            IpProtocol.IcmpV6 => (2, InternetChecksum.Compute(source, destination, protocol, segment)),
            IpProtocol.Icmp => (2, InternetChecksum.Compute(segment)),
            _ => (-1, (ushort)0),
        };
        if (offset >= 0)
        {
            // RFC 768: a UDP checksum of 0 would say that there is none.
            BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(offset), checksum == 0 && protocol == IpProtocol.Udp ? ushort.MaxValue : checksum);
        }
    }
}
