using System.Buffers.Binary;

namespace Metron.Offline.Captures;

/// <summary>
/// Reads pcap (draft-ietf-opsawg-pcap, microseconds and nanoseconds) and pcapng (draft-ietf-opsawg-pcapng) files of Ethernet frames, in either
/// byte order.
/// </summary>
public static class CaptureReader
{
    /// <summary>Largest frame that is read.</summary>
    public const int MaximumFrame = 262_144;

    /// <summary>Largest file that is read, as captures are held in memory.</summary>
    public const long MaximumFile = 1L << 30;

    private const uint Microseconds = 0xa1b2c3d4;
    private const uint Nanoseconds = 0xa1b23c4d;
    private const uint SectionHeader = 0x0a0d0d0a;
    private const int Ethernet = 1;

    /// <summary>Reads a file.</summary>
    /// <exception cref="CaptureException">It is not a capture of Ethernet frames, or broken.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Capture ReadFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (stream.Length > MaximumFile)
        {
            throw new CaptureException(0, $"the file has {stream.Length} bytes; {MaximumFile} can be read at once. Split it, with editcap for instance");
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Read(bytes);
    }

    /// <summary>Reads a capture from memory.</summary>
    /// <exception cref="CaptureException">It is not a capture of Ethernet frames, or broken.</exception>
    public static Capture Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 4)
        {
            throw new CaptureException(0, "the file is too short for a capture");
        }

        var magic = BinaryPrimitives.ReadUInt32BigEndian(file);
        var reversed = BinaryPrimitives.ReverseEndianness(magic);
        return magic == SectionHeader ? PcapngReader.Read(file)
            : magic is Microseconds or Nanoseconds ? ReadPcap(file, new Order(false), magic == Nanoseconds)
            : reversed is Microseconds or Nanoseconds ? ReadPcap(file, new Order(true), reversed == Nanoseconds)
            : throw new CaptureException(0, $"0x{magic:x8} is the magic number of neither pcap nor pcapng");
    }

    private static Capture ReadPcap(ReadOnlySpan<byte> file, Order order, bool isNanoseconds)
    {
        const int headerLength = 24;
        const int recordLength = 16;
        if (file.Length < headerLength)
        {
            throw new CaptureException(file.Length, "the file ends within its header");
        }

        CheckLinkType((int)(order.Word32(file, 20) & 0xffff), 20);
        var packets = new List<CapturedPacket>();
        for (var at = headerLength; at < file.Length;)
        {
            if (file.Length - at < recordLength)
            {
                throw new CaptureException(at, "the file ends within the header of a packet");
            }

            var seconds = order.Word32(file, at);
            var fraction = order.Word32(file, at + 4);
            var length = order.Word32(file, at + 8);
            var original = order.Word32(file, at + 12);
            var nanoseconds = (seconds * 1_000_000_000L) + (fraction * (isNanoseconds ? 1L : 1000L));
            packets.Add(new CapturedPacket(nanoseconds, 0, Frame(file, at + recordLength, length), (int)Math.Min(original, int.MaxValue)));
            at += recordLength + (int)length;
        }

        return new Capture(packets, [""]);
    }

    internal static byte[] Frame(ReadOnlySpan<byte> file, int at, uint length) =>
        length > MaximumFrame ? throw new CaptureException(at, $"a packet of {length} bytes; at most {MaximumFrame} are read")
        : length > file.Length - at ? throw new CaptureException(at, "the file ends within a packet")
        : file.Slice(at, (int)length).ToArray();

    internal static void CheckLinkType(int type, long offset)
    {
        if (type != Ethernet)
        {
            throw new CaptureException(offset, $"the capture's link type is {type}; only Ethernet (1) can be read");
        }
    }
}

/// <summary>Byte order of a file.</summary>
/// <param name="IsLittle">Whether the least significant byte comes first.</param>
internal readonly record struct Order(bool IsLittle)
{
    public uint Word32(ReadOnlySpan<byte> file, int at) => IsLittle
        ? BinaryPrimitives.ReadUInt32LittleEndian(file[at..])
        : BinaryPrimitives.ReadUInt32BigEndian(file[at..]);

    public ushort Word16(ReadOnlySpan<byte> file, int at) => IsLittle
        ? BinaryPrimitives.ReadUInt16LittleEndian(file[at..])
        : BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
}
