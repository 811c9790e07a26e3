using System.Buffers.Binary;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;

namespace Metron.NetworkFunctions.Encapsulation;

/// <summary>
/// Turns a packet that does not fit into a tunnel into the ICMP error that says so, about itself, to its sender: "fragmentation needed"
/// (RFC 792, RFC 1191) or "packet too big" (RFC 4443, section 3.2). One worker's; at most 100 in a second.
/// </summary>
internal sealed class TooBigError
{
    private const int PerSecond = 100;
    private const int IcmpLength = 8;
    private const byte TimeToLive = 64;

    /// <summary>An error is no longer than every link carries: 576 bytes for IPv4 (RFC 1812, section 4.3.2.3), 1280 for IPv6.</summary>
    private const int LongestIpv4 = 576;

    private const int LongestIpv6 = 1280;

    private long _second = -1;
    private int _sent;

    /// <summary>Turns a packet back.</summary>
    /// <param name="packet">The frame.</param>
    /// <param name="mtu">Longest IP packet that would fit, in bytes.</param>
    /// <param name="own">The address that says so, where its IP version is the packet's; otherwise, and where there is none, the packet's destination does.</param>
    /// <returns>False when the packet gets no error; it must be dropped then.</returns>
    public bool TryTurnBack(ref FramePacket packet, int mtu, IpAddress? own)
    {
        if (IpPacketView.TryRead(packet.EtherType, packet.Network, out var view) != DropReason.None
            || !IsAnswered(view)
            || !IsAllowed(packet.Now))
        {
            return false;
        }

        var (isV6, sender) = (view.IsV6, view.Source);
        var reporter = own is { } address && address.IsV6 == isV6 ? address : view.Destination;
        var header = isV6 ? 40 : 20;
        var length = Math.Min(view.Bytes.Length, (isV6 ? LongestIpv6 : LongestIpv4) - header - IcmpLength);
        if (!packet.TrySetNetworkLength(length) || !packet.TryInsert(header + IcmpLength))
        {
            return false;
        }

        Span<byte> destination = stackalloc byte[6];
        packet.Macs[..6].CopyTo(destination);
        packet.Macs[6..].CopyTo(packet.Macs);
        destination.CopyTo(packet.Macs[6..]);
        WriteIp(packet.Network, isV6, reporter, sender, IcmpLength + length);
        WriteIcmp(packet.Network[header..], isV6, reporter, sender, mtu);
        return true;
    }

    /// <summary>RFC 1812, section 4.3.2.7; RFC 4443, section 2.4 (e).</summary>
    private static bool IsAnswered(in IpPacketView view)
    {
        if (!view.MustNotFragment || MartianAddresses.IsMartian(view.Source, view.Destination))
        {
            return false;
        }

        var isIcmp = view.Protocol == (view.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp);
        var isLaterFragment = !view.IsV6 && (BinaryPrimitives.ReadUInt16BigEndian(view.Bytes[6..]) & 0x1fff) != 0;
        var isGroup = view.IsV6 ? view.Destination.Value >> 120 == 0xff : view.Destination.Value >> 28 == 0xe;
        return !isLaterFragment
            && !isGroup
            && (!isIcmp || (view.Payload.Length > 0 && !IsError(view.Payload[0], view.IsV6)));
    }

    private static bool IsError(byte type, bool isV6) => isV6 ? type < 128 : type is 3 or 4 or 5 or 11 or 12;

    private bool IsAllowed(long now)
    {
        var second = now / 1000;
        if (second != _second)
        {
            (_second, _sent) = (second, 0);
        }

        return _sent++ < PerSecond;
    }

    private static void WriteIp(Span<byte> ip, bool isV6, IpAddress source, IpAddress destination, int payloadLength)
    {
        ip[..(isV6 ? 40 : 20)].Clear();
        if (isV6)
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)payloadLength);
            ip[6] = IpProtocol.IcmpV6;
            ip[7] = TimeToLive;
            BinaryPrimitives.WriteUInt128BigEndian(ip[8..], source.Value);
            BinaryPrimitives.WriteUInt128BigEndian(ip[24..], destination.Value);
            return;
        }

        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(20 + payloadLength));
        ip[8] = TimeToLive;
        ip[9] = IpProtocol.Icmp;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], (uint)source.Value);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)destination.Value);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip[..20]));
    }

    private static void WriteIcmp(Span<byte> icmp, bool isV6, IpAddress source, IpAddress destination, int mtu)
    {
        icmp[..IcmpLength].Clear();
        icmp[0] = (byte)(isV6 ? 2 : 3);
        icmp[1] = (byte)(isV6 ? 0 : 4);
        BinaryPrimitives.WriteUInt32BigEndian(icmp[4..], (uint)mtu);
        var checksum = isV6
            ? InternetChecksum.Compute(source, destination, IpProtocol.IcmpV6, icmp)
            : InternetChecksum.Compute(icmp);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], checksum);
    }
}
