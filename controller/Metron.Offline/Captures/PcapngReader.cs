using System.Buffers.Binary;
using System.Text;

namespace Metron.Offline.Captures;

/// <summary>Reads pcapng: section header, interface descriptions, enhanced, simple and (obsolete) plain packets. Other blocks are skipped.</summary>
internal ref struct PcapngReader
{
    private const uint SectionHeader = 0x0a0d0d0a;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;
    private const uint LittleEndianMagic = 0x4d3c2b1a;
    private const uint BigEndianMagic = 0x1a2b3c4d;

    private readonly ReadOnlySpan<byte> _file;
    private readonly List<CapturedPacket> _packets = [];
    private readonly List<string> _names = [];

    // Of all sections; packets count from the first interface of their own.
    private readonly List<Interface> _interfaces = [];
    private int _firstOfSection;
    private Order _order;

    private PcapngReader(ReadOnlySpan<byte> file) => _file = file;

    public static Capture Read(ReadOnlySpan<byte> file)
    {
        var reader = new PcapngReader(file);
        var at = 0;
        while (at < file.Length)
        {
            at += reader.ReadBlock(at);
        }

        return new Capture(reader._packets, reader._names);
    }

    /// <summary>Reads a block; returns its length.</summary>
    private int ReadBlock(int at)
    {
        if (_file.Length - at < 12)
        {
            throw new CaptureException(at, "the file ends within a block");
        }

        var type = new Order(false).Word32(_file, at);
        if (type == SectionHeader)
        {
            BeginSection(at);
        }

        type = _order.Word32(_file, at);
        var length = _order.Word32(_file, at + 4);
        if (length < 12 || length % 4 != 0 || length > _file.Length - at)
        {
            throw new CaptureException(at + 4, $"a block of {length} bytes, of {_file.Length - at} that are left");
        }

        var body = _file.Slice(at + 8, (int)length - 12);
        switch (type)
        {
            case InterfaceDescription:
                ReadInterface(body, at + 8);
                break;
            case EnhancedPacket or ObsoletePacket:
                ReadPacket(body, at + 8, type == ObsoletePacket);
                break;
            case SimplePacket:
                ReadSimplePacket(body, at + 8);
                break;
            default:
                break; // names, statistics, what comes in future
        }

        return (int)length;
    }

    private void BeginSection(int at)
    {
        var magic = _file.Length - at < 16 ? 0 : new Order(false).Word32(_file, at + 8);
        _order = magic switch
        {
            BigEndianMagic => new Order(false),
            LittleEndianMagic => new Order(true),
            _ => throw new CaptureException(at + 8, $"0x{magic:x8} is no byte order magic"),
        };
        _firstOfSection = _interfaces.Count;
    }

    private readonly void ReadInterface(ReadOnlySpan<byte> body, int at)
    {
        Demand(body, 8, at);
        CaptureReader.CheckLinkType(_order.Word16(body, 0), at);
        var name = "";
        var unitsPerSecond = 1_000_000L;
        var offsetSeconds = 0L;
        for (var option = 8; option + 4 <= body.Length;)
        {
            var code = _order.Word16(body, option);
            int length = _order.Word16(body, option + 2);
            if (code == 0)
            {
                break;
            }

            Demand(body, option + 4 + length, at);
            var value = body.Slice(option + 4, length);
            switch (code)
            {
                case 2: // if_name
                    name = Encoding.UTF8.GetString(value).TrimEnd('\0');
                    break;
                case 9 when length >= 1: // if_tsresol
                    unitsPerSecond = UnitsPerSecond(value[0], at + option);
                    break;
                case 14 when length >= 8: // if_tsoffset
                    offsetSeconds = _order.IsLittle
                        ? BinaryPrimitives.ReadInt64LittleEndian(value)
                        : BinaryPrimitives.ReadInt64BigEndian(value);
                    break;
                default:
                    break;
            }

            option += 4 + ((length + 3) & ~3);
        }

        _names.Add(name);
        _interfaces.Add(new Interface(unitsPerSecond, offsetSeconds, _order.Word32(body, 4)));
    }

    private readonly void ReadPacket(ReadOnlySpan<byte> body, int at, bool isObsolete)
    {
        Demand(body, 20, at);
        var number = isObsolete ? _order.Word16(body, 0) : _order.Word32(body, 0);
        var index = InterfaceAt(number, at);
        var units = ((ulong)_order.Word32(body, 4) << 32) | _order.Word32(body, 8);
        var frame = CaptureReader.Frame(body, 20, _order.Word32(body, 12));
        var original = (int)Math.Min(_order.Word32(body, 16), int.MaxValue);
        _packets.Add(new CapturedPacket(_interfaces[index].Nanoseconds(units), index, frame, original));
    }

    /// <summary>A packet without time: it has that of the packet before.</summary>
    private readonly void ReadSimplePacket(ReadOnlySpan<byte> body, int at)
    {
        Demand(body, 4, at);
        var index = InterfaceAt(0, at);
        var original = _order.Word32(body, 0);
        var limit = _interfaces[index].SnapLength == 0 ? uint.MaxValue : _interfaces[index].SnapLength;
        var frame = CaptureReader.Frame(body, 4, Math.Min(original, limit));
        var time = _packets.Count > 0 ? _packets[^1].Nanoseconds : 0;
        _packets.Add(new CapturedPacket(time, index, frame, (int)Math.Min(original, int.MaxValue)));
    }

    private readonly int InterfaceAt(uint number, int at) =>
        number < (uint)(_interfaces.Count - _firstOfSection)
            ? _firstOfSection + (int)number
            : throw new CaptureException(at, $"a packet of interface {number}, which the section does not describe");

    /// <summary>Resolution: a negative power of 10, or of 2 when the top bit is set.</summary>
    private static long UnitsPerSecond(byte resolution, int at)
    {
        var exponent = resolution & 0x7f;
        var isBinary = (resolution & 0x80) != 0;
        if (exponent > (isBinary ? 62 : 18))
        {
            throw new CaptureException(at, $"a time resolution of 0x{resolution:x2}");
        }

        var units = 1L;
        for (var i = 0; i < exponent; i++)
        {
            units *= isBinary ? 2 : 10;
        }

        return units;
    }

    private static void Demand(ReadOnlySpan<byte> body, int length, int at)
    {
        if (body.Length < length)
        {
            throw new CaptureException(at, "a block ends within what it says it holds");
        }
    }

    private sealed record Interface(long UnitsPerSecond, long OffsetSeconds, uint SnapLength)
    {
        public long Nanoseconds(ulong units)
        {
            var nanoseconds = (UInt128)units * 1_000_000_000 / (UInt128)UnitsPerSecond;
            return unchecked((long)(ulong)nanoseconds + (OffsetSeconds * 1_000_000_000));
        }
    }
}
