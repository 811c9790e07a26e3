using System.Buffers.Binary;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>The ICMP error about a packet that does not fit: RFC 1191 and RFC 4443, section 3.2.</summary>
internal static class TooBig
{
    /// <summary>Whether its sender is told (RFC 1812, section 4.3.2.7; RFC 4443, section 2.4).</summary>
    public static bool IsAnswered(byte[] frame, IpFields fields)
    {
        var position = fields.IsV6 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(20));
        if (!fields.IsV6 && ((position & 0x4000) == 0 || (position & 0x1fff) != 0))
        {
            return false;
        }

        var isGroup = (fields.IsV6 ? IpPrefix.Parse("ff00::/8") : IpPrefix.Parse("224.0.0.0/4")).Contains(fields.Destination);
        var plain = fields.IsV6 ? frame[20] : fields.Protocol;
        var start = fields.IsV6 ? 54 : 14 + ((frame[14] & 15) * 4);
        var isIcmp = plain == (fields.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp);
        return !isGroup && (!isIcmp || (start < fields.End && (fields.IsV6 ? frame[start] >= 128 : frame[start] is not (3 or 4 or 5 or 11 or 12))));
    }

    /// <summary>The error, from where the packet was going to where it came from.</summary>
    /// <param name="frame">The packet as it would have been wrapped.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="mtu">What would have fit.</param>
    /// <param name="own">The tunnel's address.</param>
    public static byte[] Answer(byte[] frame, IpFields fields, int mtu, IpAddress own)
    {
        var packet = frame[14..fields.End];
        var reporter = own.IsV6 == fields.IsV6 ? own : fields.Destination;
        var quoted = packet[..Math.Min(packet.Length, fields.IsV6 ? 1280 - 48 : 576 - 28)];
        byte[] icmp = [(byte)(fields.IsV6 ? 2 : 3), (byte)(fields.IsV6 ? 0 : 4), 0, 0, 0, 0, (byte)(mtu >> 8), (byte)mtu, .. quoted];
        var pseudo = fields.IsV6 ? Checksums.Pseudo(reporter, fields.Source, IpProtocol.IcmpV6, icmp.Length) : (ushort)0;
        BinaryPrimitives.WriteUInt16BigEndian(icmp.AsSpan(2), (ushort)~Checksums.Sum(icmp, pseudo));
        byte[] ip = fields.IsV6 ? Header6(icmp.Length, reporter, fields.Source) : Header4(icmp.Length, reporter, fields.Source);
        return [.. frame[6..12], .. frame[..6], .. frame[12..14], .. ip, .. icmp];
    }

    private static byte[] Header6(int payload, IpAddress source, IpAddress destination)
    {
        var header = new byte[40];
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)payload);
        (header[6], header[7]) = (IpProtocol.IcmpV6, 64);
        BinaryPrimitives.WriteUInt128BigEndian(header.AsSpan(8), source.Value);
        BinaryPrimitives.WriteUInt128BigEndian(header.AsSpan(24), destination.Value);
        return header;
    }

    private static byte[] Header4(int payload, IpAddress source, IpAddress destination)
    {
        var header = new byte[20];
        header[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(20 + payload));
        (header[8], header[9]) = (64, IpProtocol.Icmp);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(12), (uint)source.Value);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(16), (uint)destination.Value);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)~Checksums.Sum(header));
        return header;
    }
}

/// <summary>At most 100 errors in a second of the clock.</summary>
internal sealed class ErrorBudget
{
    private long _second = -1;
    private int _taken;

    public bool Take(long now)
    {
        (_second, _taken) = now / 1000 == _second ? (_second, _taken + 1) : (now / 1000, 1);
        return _taken <= 100;
    }
}
