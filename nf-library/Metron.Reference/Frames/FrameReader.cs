using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.Reference.Frames;

/// <summary>
/// Reads frames byte by byte, as the README of Metron.Packets says what is refused. It is no part of the dataplane's parser, so that a
/// mistake of either shows.
/// </summary>
internal static class FrameReader
{
    private const int Ethernet = 14;

    /// <summary>Reads a frame without VLAN header.</summary>
    /// <returns>Why it is refused; <see cref="DropReason.None"/> when it is not.</returns>
    public static DropReason TryRead(byte[] frame, out ReferencePacket? packet)
    {
        packet = null;
        if (frame.Length < Ethernet)
        {
            return DropReason.Truncated;
        }

        var type = Word(frame, 12);
        if (type is 0x8100 or 0x88a8)
        {
            return DropReason.VlanTagged;
        }

        if (type is not (0x0800 or 0x86dd))
        {
            return DropReason.NotIp;
        }

        var reason = type == 0x0800 ? ReadPacket4(frame, out var fields) : ReadPacket6(frame, out fields);
        if (reason != DropReason.None)
        {
            return reason;
        }

        IpFields? embedded = null;
        if (fields.IcmpKind == IcmpKind.Error && !TryReadEmbedded(frame, fields, out embedded))
        {
            return DropReason.IcmpErrorMalformed;
        }

        packet = new ReferencePacket(frame, fields, embedded);
        return DropReason.None;
    }

    /// <summary>Whether a frame without VLAN header is ARP, or a message of neighbour discovery (RFC 4861: ICMPv6 133 to 137).</summary>
    public static bool IsNeighborDiscovery(byte[] frame)
    {
        if (frame.Length < Ethernet || Word(frame, 12) != 0x86dd)
        {
            return frame.Length >= Ethernet && Word(frame, 12) == 0x0806;
        }

        var fields = new IpFields { Network = Ethernet, End = frame.Length < Ethernet + 40 ? 0 : Ethernet + 40 + Word(frame, Ethernet + 4) };
        return fields.End <= frame.Length
            && ReadHeader6(frame, fields) == DropReason.None
            && ReadTransport(frame, fields) == DropReason.None
            && fields is { Protocol: IpProtocol.IcmpV6, IcmpType: >= 133 and <= 137 };
    }

    /// <summary>Whether a frame without VLAN header is ARP, or a neighbour solicitation right behind the IPv6 header, whatever is wrong with it.</summary>
    public static bool IsQuestion(byte[] frame) =>
        frame.Length >= Ethernet
        && (Word(frame, 12) == 0x0806 || (Word(frame, 12) == 0x86dd && frame.Length > 54 && frame[20] == IpProtocol.IcmpV6 && frame[54] == 135));

    private static DropReason ReadPacket4(byte[] frame, out IpFields fields)
    {
        fields = new IpFields { Network = Ethernet, End = frame.Length };
        var reason = ReadHeader4(frame, fields, out var headerLength);
        if (reason != DropReason.None)
        {
            return reason;
        }

        var total = Word(frame, Ethernet + 2);
        if (total < headerLength)
        {
            return DropReason.MalformedHeader;
        }

        if (Ethernet + total > frame.Length)
        {
            return DropReason.Truncated;
        }

        if (Checksums.Sum(frame.AsSpan(Ethernet, headerLength)) != 0xffff)
        {
            return DropReason.BadChecksum;
        }

        if (!AreOptionsKnown(frame.AsSpan(Ethernet + 20, headerLength - 20)))
        {
            return DropReason.IpOptions;
        }

        fields.End = Ethernet + total;
        return IsMartian(fields) ? DropReason.MartianAddress : ReadTransport(frame, fields);
    }

    private static DropReason ReadPacket6(byte[] frame, out IpFields fields)
    {
        fields = new IpFields { Network = Ethernet, End = frame.Length };
        if (frame.Length < Ethernet + 40)
        {
            return DropReason.Truncated;
        }

        var end = Ethernet + 40 + Word(frame, Ethernet + 4);
        if (end > frame.Length)
        {
            return DropReason.Truncated;
        }

        fields.End = end;
        var reason = ReadHeader6(frame, fields);
        return reason != DropReason.None ? reason : IsMartian(fields) ? DropReason.MartianAddress : ReadTransport(frame, fields);
    }

    private static DropReason ReadHeader4(byte[] frame, IpFields fields, out int headerLength)
    {
        var at = fields.Network;
        headerLength = 0;
        if (fields.End < at + 20)
        {
            return DropReason.Truncated;
        }

        headerLength = (frame[at] & 15) * 4;
        if (frame[at] >> 4 != 4 || headerLength < 20)
        {
            return DropReason.MalformedHeader;
        }

        if (fields.End < at + headerLength)
        {
            return DropReason.Truncated;
        }

        var fragment = Word(frame, at + 6) & 0x3fff;
        fields.IsFragment = fragment != 0;
        fields.TimeToLive = frame[at + 8];
        fields.Protocol = frame[at + 9];
        fields.Source = IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(at + 12)));
        fields.Destination = IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(at + 16)));
        fields.Transport = (fragment & 0x1fff) == 0 ? at + headerLength : -1;
        return DropReason.None;
    }

    private static DropReason ReadHeader6(byte[] frame, IpFields fields)
    {
        var at = fields.Network;
        if (fields.End < at + 40)
        {
            return DropReason.Truncated;
        }

        if (frame[at] >> 4 != 6)
        {
            return DropReason.MalformedHeader;
        }

        fields.TimeToLive = frame[at + 7];
        fields.Source = IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(frame.AsSpan(at + 8)));
        fields.Destination = IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(frame.AsSpan(at + 24)));
        return ReadExtensions(frame, fields, frame[at + 6], at + 40);
    }

    /// <summary>RFC 8200 section 4: hop-by-hop (0), routing (43), fragment (44), authentication (51), destination options (60).</summary>
    private static DropReason ReadExtensions(byte[] frame, IpFields fields, byte next, int at)
    {
        var count = 0;
        for (; next is 0 or 43 or 44 or 51 or 60; count++)
        {
            if (count == 8 || (next == 0 && count > 0))
            {
                return DropReason.ExtensionHeader;
            }

            if (fields.End < at + 8)
            {
                return DropReason.Truncated;
            }

            if (next == 43 && frame[at + 3] != 0)
            {
                return DropReason.ExtensionHeader;
            }

            if (next == 44)
            {
                var position = Word(frame, at + 2);
                fields.IsFragment |= (position & 0xfff9) != 0;
                if (position >> 3 != 0)
                {
                    // Switches do not look behind the fragment header of later fragments, and so nobody does.
                    fields.Protocol = 44;
                    return DropReason.None;
                }
            }

            var length = next switch { 44 => 8, 51 => (frame[at + 1] + 2) * 4, _ => (frame[at + 1] + 1) * 8 };
            next = frame[at];
            at += length;
        }

        fields.Protocol = next;
        fields.Transport = at;
        return DropReason.None;
    }

    private static DropReason ReadTransport(byte[] frame, IpFields fields)
    {
        if (fields.Transport < 0)
        {
            return DropReason.None;
        }

        var length = fields.End - fields.Transport;
        var isIcmp = IsIcmp(fields);
        var minimum = fields.Protocol switch { IpProtocol.Tcp => 20, IpProtocol.Udp => 8, IpProtocol.Sctp => 12, _ => isIcmp ? 8 : 0 };
        if (length < minimum)
        {
            return DropReason.Truncated;
        }

        if (fields.IsFragment)
        {
            // Switches hide the ports of a first fragment, not its flags.
            fields.TcpFlags = fields.IsTcp ? (TcpFlags)frame[fields.Transport + 13] : TcpFlags.None;
            return DropReason.None;
        }

        ReadPorts(frame, fields);
        if (fields.Protocol == IpProtocol.Tcp)
        {
            fields.TcpFlags = (TcpFlags)frame[fields.Transport + 13];
            var header = (frame[fields.Transport + 12] >> 4) * 4;
            return header < 20 ? DropReason.MalformedHeader : header > length ? DropReason.Truncated : DropReason.None;
        }

        if (fields.Protocol == IpProtocol.Udp)
        {
            var datagram = Word(frame, fields.Transport + 4);
            return datagram < 8 ? DropReason.MalformedHeader : datagram > length ? DropReason.Truncated : DropReason.None;
        }

        return DropReason.None;
    }

    private static bool TryReadEmbedded(byte[] frame, IpFields outer, out IpFields? embedded)
    {
        embedded = new IpFields { Network = outer.Transport + 8, End = outer.End };
        var reason = outer.IsV6 ? ReadHeader6(frame, embedded) : ReadHeader4(frame, embedded, out _);
        if (reason != DropReason.None)
        {
            return false;
        }

        if (embedded.Transport < 0)
        {
            return true;
        }

        if (embedded.End < embedded.Transport + 8)
        {
            return false;
        }

        if (!embedded.IsFragment)
        {
            ReadPorts(frame, embedded);
        }

        return embedded.IcmpKind != IcmpKind.Error;
    }

    private static void ReadPorts(byte[] frame, IpFields fields)
    {
        if (fields.HasPorts)
        {
            fields.SourcePort = Word(frame, fields.Transport);
            fields.DestinationPort = Word(frame, fields.Transport + 2);
        }
        else if (IsIcmp(fields))
        {
            fields.IcmpType = frame[fields.Transport];
            fields.IcmpCode = frame[fields.Transport + 1];
            fields.IcmpKind = KindOf(fields.IsV6, fields.IcmpType);
            if (fields.IcmpKind is IcmpKind.Query or IcmpKind.Reply)
            {
                fields.SourcePort = fields.DestinationPort = Word(frame, fields.Transport + 4);
            }
        }
    }

    /// <summary>RFC 792, RFC 4443.</summary>
    private static IcmpKind KindOf(bool isV6, byte type) => (isV6, type) switch
    {
        (false, 8 or 13) or (true, 128) => IcmpKind.Query,
        (false, 0 or 14) or (true, 129) => IcmpKind.Reply,
        (false, 3 or 4 or 5 or 11 or 12) or (true, 1 or 2 or 3 or 4) => IcmpKind.Error,
        _ => IcmpKind.Other,
    };

    private static bool IsIcmp(IpFields fields) => fields.Protocol == (fields.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp);

    /// <summary>Only end of list (0), no-operation (1) and router alert (148, RFC 2113) are passed on.</summary>
    private static bool AreOptionsKnown(ReadOnlySpan<byte> options)
    {
        for (var at = 0; at < options.Length && options[at] != 0;)
        {
            if (options[at] == 1)
            {
                at++;
            }
            else if (options[at] == 148 && at + 4 <= options.Length && options[at + 1] == 4)
            {
                at += 4;
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    private static readonly IpPrefix[] NoHosts =
        [IpPrefix.Parse("0.0.0.0/8"), IpPrefix.Parse("127.0.0.0/8"), IpPrefix.Parse("::/128"), IpPrefix.Parse("::1/128")];

    private static readonly IpPrefix[] NoSources =
        [IpPrefix.Parse("224.0.0.0/4"), IpPrefix.Parse("255.255.255.255/32"), IpPrefix.Parse("ff00::/8")];

    private static bool IsMartian(IpFields fields) =>
        NoHosts.Any(prefix => prefix.Contains(fields.Source) || prefix.Contains(fields.Destination))
        || NoSources.Any(prefix => prefix.Contains(fields.Source));

    private static ushort Word(byte[] frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at));
}
