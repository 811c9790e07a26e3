using System.Buffers.Binary;

namespace Metron.Packets;

/// <summary>What a packet carries behind its headers, where it lies in the frame; valid as long as the frame is held.</summary>
public readonly unsafe struct PacketPayload
{
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

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => new(_start, Length);

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
