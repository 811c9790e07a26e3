using System.Buffers.Binary;

namespace Metron.Packets;

/// <summary>
/// Writes changed header values back to a frame and keeps its checksums right by their difference (RFC 1624), so that a checksum that was
/// wrong stays wrong and the payload is never read. Changeable are MACs, addresses, TTL, TCP and UDP ports and the ICMP identifier.
/// </summary>
public static class FrameRewriter
{
    /// <summary>Writes what differs between <paramref name="before"/> and <paramref name="after"/>.</summary>
    /// <param name="frame">The frame that <paramref name="layout"/> was read from.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="before">Its headers as parsed.</param>
    /// <param name="after">Its headers as they shall be, of the same IP version and protocol.</param>
    public static void Write(Span<byte> frame, in FrameLayout layout, in PacketHeaders before, in PacketHeaders after)
    {
        WriteMac(frame, before.EthernetDestination, after.EthernetDestination);
        WriteMac(frame[6..], before.EthernetSource, after.EthernetSource);
        var network = default(ChecksumDelta);
        var transport = default(ChecksumDelta);
        WriteAddresses(frame[layout.NetworkOffset..], before, after, ref network);
        if (before.TimeToLive != after.TimeToLive)
        {
            frame[layout.NetworkOffset + (before.IsV6 ? 7 : 8)] = after.TimeToLive;
            network.AddTimeToLive(before.TimeToLive, after.TimeToLive);
        }

        if (!before.IsV6)
        {
            ApplyAt(frame, layout.NetworkOffset + 10, network, false);
        }

        if (CoversAddresses(before))
        {
            AddAddresses(before, after, ref transport);
        }

        if (layout.TransportOffset != 0)
        {
            WritePorts(frame[layout.TransportOffset..], before, after, ref transport);
        }

        if (layout.ChecksumOffset != 0)
        {
            ApplyAt(frame, layout.ChecksumOffset, transport, before.Protocol == IpProtocol.Udp);
        }
    }

    /// <summary>
    /// Writes changed addresses and ports of the packet that an ICMP error embeds, and corrects its own checksums and that of the error
    /// around it. The outer headers are written by <see cref="Write"/>, before or after.
    /// </summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">Its layout, with the embedded part.</param>
    /// <param name="before">Embedded headers as parsed.</param>
    /// <param name="after">Embedded headers as they shall be.</param>
    public static void WriteEmbedded(Span<byte> frame, in FrameLayout layout, in PacketHeaders before, in PacketHeaders after)
    {
        var error = default(ChecksumDelta);
        var network = default(ChecksumDelta);
        var transport = default(ChecksumDelta);
        WriteAddresses(frame[layout.EmbeddedNetworkOffset..], before, after, ref network);
        AddAddresses(before, after, ref error);
        if (CoversAddresses(before))
        {
            AddAddresses(before, after, ref transport);
        }

        if (!before.IsV6)
        {
            ApplyAt(frame, layout.EmbeddedNetworkOffset + 10, network, false, ref error);
        }

        if (layout.EmbeddedTransportOffset != 0)
        {
            var ports = default(ChecksumDelta);
            WritePorts(frame[layout.EmbeddedTransportOffset..], before, after, ref ports);
            transport.Add(ports);
            error.Add(ports);
        }

        if (layout.EmbeddedChecksumOffset != 0)
        {
            ApplyAt(frame, layout.EmbeddedChecksumOffset, transport, before.Protocol == IpProtocol.Udp, ref error);
        }

        ApplyAt(frame, layout.ChecksumOffset, error, false);
    }

    /// <summary>Whether the transport checksum covers the addresses by a pseudo header: all but that of ICMP for IPv4.</summary>
    private static bool CoversAddresses(in PacketHeaders headers) => headers.IsV6 || headers.Protocol != IpProtocol.Icmp;

    private static void WriteMac(Span<byte> at, MacAddress before, MacAddress after)
    {
        if (before != after)
        {
            BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(after.Value >> 32));
            BinaryPrimitives.WriteUInt32BigEndian(at[2..], (uint)after.Value);
        }
    }

    private static void WriteAddresses(Span<byte> ip, in PacketHeaders before, in PacketHeaders after, ref ChecksumDelta delta)
    {
        AddAddresses(before, after, ref delta);
        if (before.IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(ip[8..], after.Source.Value);
            BinaryPrimitives.WriteUInt128BigEndian(ip[24..], after.Destination.Value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(ip[12..], (uint)after.Source.Value);
            BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)after.Destination.Value);
        }
    }

    private static void AddAddresses(in PacketHeaders before, in PacketHeaders after, ref ChecksumDelta delta)
    {
        if (before.Source != after.Source)
        {
            delta.Add(before.Source, after.Source);
        }

        if (before.Destination != after.Destination)
        {
            delta.Add(before.Destination, after.Destination);
        }
    }

    private static void WritePorts(Span<byte> transport, in PacketHeaders before, in PacketHeaders after, ref ChecksumDelta delta)
    {
        if (before.IcmpKind is IcmpKind.Query or IcmpKind.Reply)
        {
            WriteWord(transport[4..], before.SourcePort, after.SourcePort, ref delta);
        }
        else if (before.Protocol is IpProtocol.Tcp or IpProtocol.Udp && !before.IsFragment)
        {
            WriteWord(transport, before.SourcePort, after.SourcePort, ref delta);
            WriteWord(transport[2..], before.DestinationPort, after.DestinationPort, ref delta);
        }
    }

    private static void WriteWord(Span<byte> at, ushort before, ushort after, ref ChecksumDelta delta)
    {
        if (before != after)
        {
            BinaryPrimitives.WriteUInt16BigEndian(at, after);
            delta.Add(before, after);
        }
    }

    private static void ApplyAt(Span<byte> frame, int offset, ChecksumDelta delta, bool isUdp)
    {
        if (!delta.IsEmpty)
        {
            var at = frame[offset..];
            var checksum = BinaryPrimitives.ReadUInt16BigEndian(at);
            BinaryPrimitives.WriteUInt16BigEndian(
                at, isUdp ? InternetChecksum.ApplyUdp(checksum, delta.Value) : InternetChecksum.Apply(checksum, delta.Value));
        }
    }

    /// <summary>As the other, where the changed checksum is itself covered by another one.</summary>
    private static void ApplyAt(Span<byte> frame, int offset, ChecksumDelta delta, bool isUdp, ref ChecksumDelta covering)
    {
        var before = BinaryPrimitives.ReadUInt16BigEndian(frame[offset..]);
        ApplyAt(frame, offset, delta, isUdp);
        var after = BinaryPrimitives.ReadUInt16BigEndian(frame[offset..]);
        if (before != after)
        {
            covering.Add(before, after);
        }
    }
}
