using System.Buffers.Binary;

namespace Metron.Packets;

/// <summary>Reads IPv4 (RFC 791) and IPv6 (RFC 8200) headers.</summary>
internal static class NetworkParser
{
    public const int Ipv4HeaderLength = 20;
    public const int Ipv6HeaderLength = 40;

    /// <summary>Most IPv6 extension headers before the transport header.</summary>
    private const int MaximumExtensionHeaders = 8;

    private const ushort FragmentOffsetMask = 0x1fff;
    private const ushort MoreFragments = 0x2000;

    /// <summary>Reads an IPv4 header; lengths against the frame, checksum and options are the caller's to judge.</summary>
    /// <param name="packet">Frame or quoted part that the header lies in.</param>
    /// <param name="offset">Where the header begins.</param>
    /// <param name="headers">Gets addresses, protocol, TTL and whether it is a fragment.</param>
    /// <param name="headerLength">Header length with options, within <paramref name="packet"/>.</param>
    /// <param name="totalLength">Total length field.</param>
    /// <param name="hasTransport">Whether the payload begins with a transport header: false for fragments but the first.</param>
    public static DropReason ReadIpv4(
        ReadOnlySpan<byte> packet,
        int offset,
        ref PacketHeaders headers,
        out int headerLength,
        out int totalLength,
        out bool hasTransport)
    {
        headerLength = 0;
        totalLength = 0;
        hasTransport = false;
        if (packet.Length < offset + Ipv4HeaderLength)
        {
            return DropReason.Truncated;
        }

        var ip = packet[offset..];
        headerLength = (ip[0] & 0x0f) * 4;
        if (ip[0] >> 4 != 4 || headerLength < Ipv4HeaderLength)
        {
            return DropReason.MalformedHeader;
        }

        if (ip.Length < headerLength)
        {
            return DropReason.Truncated;
        }

        totalLength = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        var fragment = BinaryPrimitives.ReadUInt16BigEndian(ip[6..]);
        headers.IsFragment = (fragment & (FragmentOffsetMask | MoreFragments)) != 0;
        hasTransport = (fragment & FragmentOffsetMask) == 0;
        headers.TimeToLive = ip[8];
        headers.Protocol = ip[9];
        headers.Source = IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(ip[12..]));
        headers.Destination = IpAddress.V4(BinaryPrimitives.ReadUInt32BigEndian(ip[16..]));
        return DropReason.None;
    }

    /// <summary>
    /// Whether the platform forwards these IPv4 options: end of list, no-operation and router alert. All others are refused, as RFC 7126
    /// recommends for source routes and, by default, for record route and timestamp.
    /// </summary>
    public static bool AreOptionsForwarded(ReadOnlySpan<byte> options)
    {
        const byte endOfList = 0;
        const byte noOperation = 1;
        const byte routerAlert = 148;
        while (!options.IsEmpty && options[0] != endOfList)
        {
            if (options[0] == noOperation)
            {
                options = options[1..];
            }
            else if (options[0] == routerAlert && options.Length >= 4 && options[1] == 4)
            {
                options = options[4..];
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads an IPv6 header and its extension headers up to the transport header.</summary>
    /// <param name="packet">Frame or quoted part that the headers lie in, cut at the packet's end.</param>
    /// <param name="offset">Where the header begins.</param>
    /// <param name="headers">Gets addresses, protocol, hop limit and whether it is a fragment.</param>
    /// <param name="transport">Where the transport header begins.</param>
    /// <param name="hasTransport">False for fragments but the first.</param>
    public static DropReason ReadIpv6(
        ReadOnlySpan<byte> packet, int offset, ref PacketHeaders headers, out int transport, out bool hasTransport)
    {
        transport = offset + Ipv6HeaderLength;
        hasTransport = false;
        if (packet.Length < transport)
        {
            return DropReason.Truncated;
        }

        var ip = packet[offset..];
        if (ip[0] >> 4 != 6)
        {
            return DropReason.MalformedHeader;
        }

        headers.TimeToLive = ip[7];
        headers.Source = IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(ip[8..]));
        headers.Destination = IpAddress.V6(BinaryPrimitives.ReadUInt128BigEndian(ip[24..]));
        return SkipExtensionHeaders(packet, ip[6], ref headers, ref transport, out hasTransport);
    }

    /// <summary>
    /// Walks the extension headers that Open vSwitch walks too, so that switch and server classify alike: hop-by-hop, destination options,
    /// routing, authentication, fragment. ESP and what is unknown count as the transport protocol.
    /// </summary>
    private static DropReason SkipExtensionHeaders(
        ReadOnlySpan<byte> packet, byte next, ref PacketHeaders headers, ref int transport, out bool hasTransport)
    {
        const byte hopByHop = 0;
        const byte routing = 43;
        const byte fragment = 44;
        const byte destinationOptions = 60;
        hasTransport = false;
        for (var count = 0; count <= MaximumExtensionHeaders; count++)
        {
            if (next is not (hopByHop or routing or fragment or destinationOptions or IpProtocol.Ah))
            {
                headers.Protocol = next;
                hasTransport = true;
                return DropReason.None;
            }

            if (count == MaximumExtensionHeaders || (next == hopByHop && count > 0))
            {
                return DropReason.ExtensionHeader;
            }

            if (packet.Length < transport + 8)
            {
                return DropReason.Truncated;
            }

            var extension = packet[transport..];
            if (next == routing && extension[3] != 0)
            {
                // Segments left: the destination is not final, and the checksum covers another one (RFC 8200 section 8.1).
                return DropReason.ExtensionHeader;
            }

            if (next == fragment)
            {
                var position = BinaryPrimitives.ReadUInt16BigEndian(extension[2..]);
                // An atomic fragment (RFC 6946), offset 0 and nothing to follow, is a whole packet.
                headers.IsFragment |= (position & 0xfff9) != 0;
                if ((position & 0xfff8) != 0)
                {
                    // Open vSwitch does not look behind the fragment header of later fragments (lib/flow.c), so nobody does.
                    headers.Protocol = IpProtocol.Ipv6Fragment;
                    transport += 8;
                    return DropReason.None;
                }
            }

            transport += LengthOf(next, extension[1]);
            next = extension[0];
        }

        return DropReason.ExtensionHeader;

        static int LengthOf(byte header, byte length) => header switch
        {
            fragment => 8,
            IpProtocol.Ah => (length + 2) * 4,
            _ => (length + 1) * 8,
        };
    }
}
