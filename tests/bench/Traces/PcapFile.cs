using System.Buffers.Binary;

namespace Metron.Bench.Traces;

/// <summary>Reads and writes capture files of Ethernet frames (pcap-savefile(5), version 2.4, little endian, microseconds).</summary>
internal static class PcapFile
{
    private const int FileHeaderLength = 24;
    private const int RecordHeaderLength = 16;

    public static void Write(string path, IEnumerable<byte[]> frames)
    {
        using var file = new BufferedStream(File.Create(path), 1 << 20);
        var header = new byte[FileHeaderLength];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xa1b2c3d4);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), 65535);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), 1);
        file.Write(header);
        var record = new byte[RecordHeaderLength];
        foreach (var frame in frames)
        {
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), frame.Length);
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(12), frame.Length);
            file.Write(record);
            file.Write(frame);
        }
    }

    public static List<byte[]> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var frames = new List<byte[]>();
        for (var at = FileHeaderLength; at < bytes.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 8));
            at += RecordHeaderLength;
            frames.Add(bytes[at..(at + length)]);
            at += length;
        }

        return frames;
    }
}
