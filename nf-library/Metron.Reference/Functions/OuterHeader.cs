using System.Buffers.Binary;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>The IP header that tunnels put before a packet.</summary>
internal static class OuterHeader
{
    public static byte[] Make(IpAddress source, IpAddress destination, byte protocol, byte timeToLive, byte trafficClass, int payload)
    {
        if (source.IsV6)
        {
            return
            [
                (byte)(0x60 | trafficClass >> 4), (byte)(trafficClass << 4), 0, 0, (byte)(payload >> 8), (byte)payload, protocol, timeToLive,
                .. Bytes(source), .. Bytes(destination),
            ];
        }

        var total = 20 + payload;
        byte[] header =
        [
            0x45, trafficClass, (byte)(total >> 8), (byte)total, 0, 0, 0x40, 0, timeToLive, protocol, 0, 0, .. Bytes(source), .. Bytes(destination),
        ];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)~Checksums.Sum(header));
        return header;
    }

    private static byte[] Bytes(IpAddress address) =>
        [.. Enumerable.Range(1, address.Width / 8).Select(octet => (byte)(address.Value >> (address.Width - (8 * octet))))];
}

/// <summary>What a tunnel's path says of congestion.</summary>
internal static class Congestion
{
    /// <summary>The table of RFC 6040, section 4.2; false for its only "drop".</summary>
    public static bool CarryInward(byte[] content, int outer)
    {
        var isV6 = content[0] == 0x86 && content[1] == 0xdd;
        if ((!isV6 && !(content[0] == 8 && content[1] == 0)) || content.Length < 2 + (isV6 ? 40 : 20))
        {
            return true;
        }

        var inner = isV6 ? content[3] >> 4 & 3 : content[3] & 3;
        if (inner == 0)
        {
            return outer != 3;
        }

        var marked = outer == 3 ? 3 : outer == 1 && inner == 2 ? 1 : inner;
        if (marked != inner)
        {
            var before = Checksums.Sum(content.AsSpan(2, 10));
            content[3] = isV6 ? (byte)((content[3] & 0xcf) | marked << 4) : (byte)((content[3] & 0xfc) | marked);
            if (!isV6)
            {
                var after = Checksums.Sum(content.AsSpan(2, 10));
                BinaryPrimitives.WriteUInt16BigEndian(content.AsSpan(12), Checksums.Carry(before, after, BinaryPrimitives.ReadUInt16BigEndian(content.AsSpan(12))));
            }
        }

        return true;
    }
}
