using System.Buffers.Binary;

namespace Metron.Packets;

/// <summary>What a packet carries behind its headers, where it lies in the frame; valid as long as the frame is held.</summary>
public readonly unsafe struct PacketPayload
{
    private const int Ipv4Length = 20;
    private const int TcpLength = 20;
    private const int UdpLength = 8;

    private readonly byte* _start;

    /// <param name="address">Address of the first byte.</param>
    /// <param name="length">Number of bytes.</param>
    public PacketPayload(nint address, int length)
    {
        _start = (byte*)address;
        Length = length;
    }

    /// <summary>Number of bytes.</summary>
    public int Length { get; }

    /// <summary>Whether it is the same memory.</summary>
    public bool IsAt(PacketPayload other) => _start == other._start && Length == other.Length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => new(_start, Length);

    /// <summary>
    /// The payload of a plain TCP or UDP packet: right in all that <see cref="FrameParser"/> judges, IPv4 without options or IPv6 without extension
    /// headers, and no fragment.
    /// </summary>
    /// <param name="sequence">TCP sequence number; 0 for UDP.</param>
    /// <param name="payload">The payload, without padding of the frame.</param>
    /// <returns>False when it is another protocol, or does not lie in these bytes as a whole.</returns>
    public bool TryReadPlain(out uint sequence, out PacketPayload payload)
    {
        var packet = Span;
        sequence = 0;
        payload = default;
        var isV6 = !packet.IsEmpty && packet[0] >> 4 == 6;
        var transport = isV6 ? NetworkParser.Ipv6HeaderLength : Ipv4Length;
        if (packet.Length < transport + UdpLength)
        {
            return false;
        }

        var end = isV6
            ? transport + BinaryPrimitives.ReadUInt16BigEndian(packet[4..])
            : BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        int start;
        switch (packet[isV6 ? 6 : 9])
        {
            case IpProtocol.Tcp when packet.Length >= transport + TcpLength:
                sequence = BinaryPrimitives.ReadUInt32BigEndian(packet[(transport + 4)..]);
                start = transport + ((packet[transport + 12] >> 4) * 4);
                break;
            case IpProtocol.Udp:
                start = transport + UdpLength;
                end = transport + BinaryPrimitives.ReadUInt16BigEndian(packet[(transport + 4)..]);
                break;
            default:
                return false;
        }

        if (start > end || end > packet.Length)
        {
            return false;
        }

        payload = new PacketPayload((nint)(_start + start), end - start);
        return true;
    }

    /// <summary>
    /// Where the payload of a parsed frame lies: behind the TCP, UDP or ICMP header (8 bytes), of other protocols behind the IP header;
    /// without padding of the frame.
    /// </summary>
    /// <param name="frame">The frame that was parsed.</param>
    /// <param name="headers">Its headers; not of a fragment.</param>
    /// <param name="layout">Its layout.</param>
    /// <returns>Start in the frame, and length as the headers say; it may reach beyond what is contiguous.</returns>
    public static (int Start, int Length) Locate(ReadOnlySpan<byte> frame, in PacketHeaders headers, in FrameLayout layout)
    {
        int network = layout.NetworkOffset;
        int transport = layout.TransportOffset;
        var end = headers.IsV6
            ? network + NetworkParser.Ipv6HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(frame[(network + 4)..])
            : network + BinaryPrimitives.ReadUInt16BigEndian(frame[(network + 2)..]);
        var start = transport + headers.Protocol switch
        {
            _ when transport == 0 => end,
            IpProtocol.Tcp => (frame[transport + 12] >> 4) * 4,
            IpProtocol.Udp or IpProtocol.Icmp or IpProtocol.IcmpV6 => 8,
            _ => 0,
        };
        if (headers.Protocol == IpProtocol.Udp && transport != 0)
        {
            end = transport + BinaryPrimitives.ReadUInt16BigEndian(frame[(transport + 4)..]);
        }

        return (Math.Min(start, end), Math.Max(0, end - start));
    }

    /// <summary>Sequence and acknowledgement number of a parsed TCP segment (RFC 9293, section 3.1).</summary>
    public static (uint Sequence, uint Acknowledgement) ReadNumbers(ReadOnlySpan<byte> frame, in FrameLayout layout) =>
        (BinaryPrimitives.ReadUInt32BigEndian(frame[(layout.TransportOffset + 4)..]),
            BinaryPrimitives.ReadUInt32BigEndian(frame[(layout.TransportOffset + 8)..]));
}
