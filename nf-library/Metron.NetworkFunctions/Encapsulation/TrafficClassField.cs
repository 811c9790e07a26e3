using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.NetworkFunctions.Encapsulation;

/// <summary>DSCP and ECN of an IP header, and how a tunnel treats them: RFC 6040 (normal mode), RFC 2983 (uniform model: DSCP is copied out, not in).</summary>
internal static class TrafficClassField
{
    private const byte EcnMask = 3;
    private const byte NotCapable = 0;
    private const byte Capable1 = 1;
    private const byte Capable0 = 2;
    private const byte CongestionExperienced = 3;

    /// <summary>The field of an IP header.</summary>
    public static byte Read(ReadOnlySpan<byte> ip, bool isV6) => isV6 ? (byte)(ip[0] << 4 | ip[1] >> 4) : ip[1];

    /// <summary>Writes the field; the IPv4 checksum is kept right by difference.</summary>
    public static void Write(Span<byte> ip, bool isV6, byte value)
    {
        if (isV6)
        {
            ip[0] = (byte)((ip[0] & 0xf0) | value >> 4);
            ip[1] = (byte)((ip[1] & 0x0f) | value << 4);
            return;
        }

        var delta = default(ChecksumDelta);
        delta.Add(ip[1], value);
        ip[1] = value;
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(ip[10..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Apply(checksum, delta.Value));
    }

    /// <summary>
    /// Carries what the tunnel's path says of congestion into the packet that was inside (RFC 6040, figure 4).
    /// </summary>
    /// <param name="etherType">Ethernet type of the packet inside.</param>
    /// <param name="inner">The packet inside; what is too short to be one is left alone.</param>
    /// <param name="outer">DSCP and ECN of the tunnel's packet.</param>
    /// <returns>False when the packet must be dropped: congestion was met that it cannot tell of.</returns>
    public static bool TryDecapsulate(ushort etherType, Span<byte> inner, byte outer)
    {
        var isV6 = etherType == EtherTypes.Ipv6;
        if ((!isV6 && etherType != EtherTypes.Ipv4) || inner.Length < (isV6 ? 40 : 20))
        {
            return true;
        }

        var before = Read(inner, isV6);
        var ecn = (byte)(before & EcnMask);
        var after = (outer & EcnMask, ecn) switch
        {
            (_, NotCapable) => NotCapable,
            (CongestionExperienced, _) => CongestionExperienced,
            (Capable1, Capable0) => Capable1,
            _ => ecn,
        };
        if (ecn == NotCapable && (outer & EcnMask) == CongestionExperienced)
        {
            return false;
        }

        if (after != ecn)
        {
            Write(inner, isV6, (byte)((before & ~EcnMask) | after));
        }

        return true;
    }
}
