using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.NetworkFunctions.Encapsulation;

/// <summary>What functions that wrap or unwrap packets read of an IP header. Every bound is checked; lengths fit the frame.</summary>
internal readonly ref struct IpPacketView
{
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;

    private IpPacketView(Span<byte> bytes, bool isV6, int headerLength)
    {
        Bytes = bytes;
        IsV6 = isV6;
        HeaderLength = headerLength;
    }

    /// <summary>The packet without padding.</summary>
    public Span<byte> Bytes { get; }

    public bool IsV6 { get; }

    /// <summary>Bytes of the IP header: with options for IPv4, 40 for IPv6.</summary>
    public int HeaderLength { get; }

    /// <summary>What follows the IP header.</summary>
    public Span<byte> Payload => Bytes[HeaderLength..];

    /// <summary>Protocol, or the next header of IPv6 even if that is an extension header.</summary>
    public byte Protocol => Bytes[IsV6 ? 6 : 9];

    public IpAddress Source => AddressAt(IsV6 ? 8 : 12);

    public IpAddress Destination => AddressAt(IsV6 ? 24 : 16);

    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass => TrafficClassField.Read(Bytes, IsV6);

    /// <summary>Whether it is a fragment; for IPv6, a fragment header that comes first.</summary>
    public bool IsFragment => IsV6 ? Protocol == IpProtocol.Ipv6Fragment : (Word(6) & 0x3fff) != 0;

    /// <summary>Whether routers may not fragment it: always so for IPv6 (RFC 8200, section 5).</summary>
    public bool MustNotFragment => IsV6 || (Word(6) & 0x4000) != 0;

    /// <summary>Reads the packet behind an Ethernet header.</summary>
    /// <param name="etherType">Ethernet type in host order.</param>
    /// <param name="network">What follows the Ethernet header, with padding.</param>
    /// <param name="view">The packet.</param>
    /// <returns>Why it cannot be read; <see cref="DropReason.None"/> when it can.</returns>
    public static DropReason TryRead(ushort etherType, Span<byte> network, out IpPacketView view)
    {
        view = default;
        if (etherType is not (EtherTypes.Ipv4 or EtherTypes.Ipv6))
        {
            return etherType is EtherTypes.Vlan or EtherTypes.ServiceVlan ? DropReason.VlanTagged : DropReason.NotIp;
        }

        var isV6 = etherType == EtherTypes.Ipv6;
        if (network.Length < (isV6 ? Ipv6Length : Ipv4Length))
        {
            return DropReason.Truncated;
        }

        var headerLength = isV6 ? Ipv6Length : (network[0] & 15) * 4;
        var length = isV6
            ? Ipv6Length + BinaryPrimitives.ReadUInt16BigEndian(network[4..])
            : BinaryPrimitives.ReadUInt16BigEndian(network[2..]);
        if (network[0] >> 4 != (isV6 ? 6 : 4) || headerLength < Ipv4Length || length < headerLength)
        {
            return DropReason.MalformedHeader;
        }

        if (length > network.Length)
        {
            return DropReason.Truncated;
        }

        view = new IpPacketView(network[..length], isV6, headerLength);
        return DropReason.None;
    }

    private IpAddress AddressAt(int offset) => IsV6
        ? IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(Bytes[offset..]))
        : IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(Bytes[offset..]));

    private ushort Word(int offset) => BinaryPrimitives.ReadUInt16BigEndian(Bytes[offset..]);
}

/// <summary>Ethernet types (IANA), in host order.</summary>
internal static class EtherTypes
{
    public const ushort Ipv4 = 0x0800;
    public const ushort Arp = 0x0806;
    public const ushort Ipv6 = 0x86dd;
    public const ushort Vlan = 0x8100;
    public const ushort ServiceVlan = 0x88a8;
    public const ushort Mpls = 0x8847;
}
