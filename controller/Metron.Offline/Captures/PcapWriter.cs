using System.Buffers.Binary;

namespace Metron.Offline.Captures;

/// <summary>Writes pcap files of Ethernet frames, with nanoseconds (draft-ietf-opsawg-pcap), big endian.</summary>
public sealed class PcapWriter : IDisposable
{
    private readonly Stream _stream;

    /// <param name="stream">Where to; closed with the writer.</param>
    public PcapWriter(Stream stream)
    {
        _stream = stream;
        Span<byte> header = stackalloc byte[24];
        header.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(header, 0xa1b23c4d);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], 2); // version 2.4
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], 4);
        BinaryPrimitives.WriteInt32BigEndian(header[16..], CaptureReader.MaximumFrame);
        BinaryPrimitives.WriteUInt32BigEndian(header[20..], 1); // Ethernet
        _stream.Write(header);
    }

    /// <summary>Writes a frame.</summary>
    /// <param name="nanoseconds">When, since 1970; at most until 2106.</param>
    /// <param name="frame">The frame.</param>
    public void Write(long nanoseconds, ReadOnlySpan<byte> frame)
    {
        Span<byte> header = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)(nanoseconds / 1_000_000_000));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)(nanoseconds % 1_000_000_000));
        BinaryPrimitives.WriteInt32BigEndian(header[8..], frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], frame.Length);
        _stream.Write(header);
        _stream.Write(frame);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
