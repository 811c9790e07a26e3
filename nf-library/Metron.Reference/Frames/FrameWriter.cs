using System.Buffers.Binary;
using Metron.Packets;

namespace Metron.Reference.Frames;

/// <summary>Makes the frame that leaves: changed fields written, checksums computed anew over the bytes.</summary>
internal static class FrameWriter
{
    /// <summary>The frame, without VLAN header.</summary>
    public static byte[] Write(ReferencePacket packet)
    {
        var frame = packet.Frame.ToArray();
        foreach (var (place, written) in packet.Written)
        {
            frame[place] = written;
        }

        WriteMac(frame.AsSpan(0), packet.DestinationMac);
        WriteMac(frame.AsSpan(6), packet.SourceMac);

        // The innermost first, as outer checksums cover inner ones.
        if (packet.Embedded is { } embedded)
        {
            WriteFields(packet.Frame, frame, packet.EmbeddedBefore!, embedded);
        }

        WriteFields(packet.Frame, frame, packet.Before, packet.Fields);
        return frame;
    }

    /// <summary>Puts a VLAN header before the frame's type.</summary>
    public static byte[] Tag(byte[] frame, ushort vlan) =>
        vlan == 0 ? frame : [.. frame[..12], 0x81, 0x00, (byte)(vlan >> 8), (byte)vlan, .. frame[12..]];

    private static void WriteFields(byte[] old, byte[] frame, IpFields before, IpFields after)
    {
        var at = after.Network;
        if (after.IsV6)
        {
            frame[at + 7] = after.TimeToLive;
            BinaryPrimitives.WriteUInt128BigEndian(frame.AsSpan(at + 8), after.Source.Value);
            BinaryPrimitives.WriteUInt128BigEndian(frame.AsSpan(at + 24), after.Destination.Value);
        }
        else
        {
            frame[at + 8] = after.TimeToLive;
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(at + 12), (uint)after.Source.Value);
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(at + 16), (uint)after.Destination.Value);
            var length = (frame[at] & 15) * 4;
            Correct(old, frame, at, at + length, at + 10, 0, 0);
        }

        WriteTransport(old, frame, before, after);
    }

    private static void WriteTransport(byte[] old, byte[] frame, IpFields before, IpFields after)
    {
        var at = after.Transport;
        if (at < 0)
        {
            return;
        }

        if (after.IcmpKind is IcmpKind.Query or IcmpKind.Reply)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at + 4), after.SourcePort);
        }
        else if (after.Protocol is IpProtocol.Tcp or IpProtocol.Udp && !after.IsFragment)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), after.SourcePort);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at + 2), after.DestinationPort);
        }

        var isIcmp = after.Protocol == (after.IsV6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp);
        var position = after.Protocol switch { IpProtocol.Tcp => 16, IpProtocol.Udp => 6, _ => isIcmp ? 2 : -1 };
        if (position < 0 || at + position + 2 > after.End)
        {
            return;
        }

        var hasPseudoHeader = after.IsV6 || !isIcmp;
        // What is quoted of a datagram may have any length field.
        var datagram = after.Protocol == IpProtocol.Udp && !after.IsFragment ? BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at + 4)) : 0;
        var end = datagram >= 8 ? Math.Min(after.End, at + datagram) : after.End;
        var length = end - at;
        Correct(
            old,
            frame,
            at,
            end,
            at + position,
            hasPseudoHeader ? Checksums.Pseudo(before.Source, before.Destination, before.Protocol, length) : (ushort)0,
            hasPseudoHeader ? Checksums.Pseudo(after.Source, after.Destination, after.Protocol, length) : (ushort)0,
            after.Protocol == IpProtocol.Udp);
    }

    private static void Correct(
        byte[] old, byte[] frame, int start, int end, int position, ushort pseudoBefore, ushort pseudoAfter, bool isUdp = false)
    {
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(old.AsSpan(position));
        var isUnchanged = pseudoBefore == pseudoAfter && old.AsSpan(start..end).SequenceEqual(frame.AsSpan(start..end));
        if (isUnchanged || (isUdp && checksum == 0))
        {
            return; // no checksum at all (RFC 768), or nothing that it covers has changed
        }

        var corrected = Checksums.Carry(Without(old, start, end, position, pseudoBefore), Without(frame, start, end, position, pseudoAfter), checksum);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(position), isUdp && corrected == 0 ? (ushort)0xffff : corrected);
    }

    /// <summary>The sum over bytes, with the checksum's own place as zero.</summary>
    private static ushort Without(byte[] frame, int start, int end, int position, ushort pseudo)
    {
        var sum = Checksums.Sum(frame.AsSpan(start..position), pseudo);
        return Checksums.Sum(frame.AsSpan((position + 2)..end), sum);
    }

    private static void WriteMac(Span<byte> at, MacAddress? mac)
    {
        if (mac is { } written)
        {
            BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(written.Value >> 32));
            BinaryPrimitives.WriteUInt32BigEndian(at[2..], (uint)written.Value);
        }
    }
}
