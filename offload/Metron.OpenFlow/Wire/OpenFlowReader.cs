using System.Buffers.Binary;
using System.Text;

namespace Metron.OpenFlow;

/// <summary>Reads big-endian values from one message and checks every length.</summary>
/// <remarks>
/// Every method either advances or throws <see cref="OpenFlowDecodeException"/>; a loop that reads until <see cref="IsAtEnd"/>
/// therefore ends. Offsets in errors count from the start of the message, also in a part cut by <see cref="Take"/>.
/// </remarks>
internal ref struct OpenFlowReader(ReadOnlySpan<byte> bytes, int baseOffset = 0, bool insideBundle = false)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly int _baseOffset = baseOffset;
    private int _position;

    public readonly int Remaining => _bytes.Length - _position;

    public readonly bool IsAtEnd => _position == _bytes.Length;

    /// <summary>Whether these bytes belong to a message inside a bundle, which must not itself be one of a bundle.</summary>
    public readonly bool InsideBundle => insideBundle;

    /// <summary>Version of the message that is being read.</summary>
    public OpenFlowVersion Version { get; set; }

    /// <summary>Offset of the next byte from the start of the message.</summary>
    public readonly int Offset => _baseOffset + _position;

    public byte ReadByte() => Advance(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Advance(2));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Advance(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Advance(8));

    /// <summary>The next two bytes, without consuming them.</summary>
    public readonly ushort PeekUInt16(int ahead = 0)
    {
        if (Remaining < ahead + 2)
        {
            throw Error($"{ahead + 2} bytes needed, {Remaining} left");
        }

        return BinaryPrimitives.ReadUInt16BigEndian(_bytes[(_position + ahead)..]);
    }

    public HardwareAddress ReadHardwareAddress()
    {
        var octets = Advance(HardwareAddress.Length);
        return new HardwareAddress(((ulong)BinaryPrimitives.ReadUInt16BigEndian(octets) << 32) | BinaryPrimitives.ReadUInt32BigEndian(octets[2..]));
    }

    /// <summary>A text field of fixed length, ended by its first NUL. One character per byte, so any bytes are a text.</summary>
    public string ReadText(int length)
    {
        var field = Advance(length);
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }

    public void Skip(int length) => Advance(length);

    public ReadOnlySpan<byte> ReadSpan(int length) => Advance(length);

    public EquatableArray<byte> ReadBytes(int length) => EquatableArray.Create(Advance(length));

    public EquatableArray<byte> ReadRest() => ReadBytes(Remaining);

    /// <summary>Cuts the next <paramref name="length"/> bytes off into a reader of their own.</summary>
    public OpenFlowReader Take(int length)
    {
        var offset = Offset;
        return new OpenFlowReader(Advance(length), offset, insideBundle) { Version = Version };
    }

    /// <summary>As <see cref="Take"/>, for a message that a bundle holds.</summary>
    public OpenFlowReader TakeBundled(int length)
    {
        var offset = Offset;
        return new OpenFlowReader(Advance(length), offset, insideBundle: true) { Version = Version };
    }

    /// <summary>Skips zero or more bytes up to the next multiple of eight after <paramref name="length"/>; a missing tail is no error.</summary>
    /// <remarks>Some switches leave the padding of the last element out.</remarks>
    public void SkipPadding(int length) => Skip(Math.Min((8 - (length & 7)) & 7, Remaining));

    /// <summary>Refuses bytes that no field of the message covers.</summary>
    public readonly void ExpectEnd()
    {
        if (!IsAtEnd)
        {
            throw Error($"{Remaining} bytes left over");
        }
    }

    public readonly OpenFlowDecodeException Error(string problem) => new(Offset, problem);

    private ReadOnlySpan<byte> Advance(int length)
    {
        if ((uint)length > (uint)Remaining)
        {
            throw Error($"{length} bytes needed, {Remaining} left");
        }

        var result = _bytes.Slice(_position, length);
        _position += length;
        return result;
    }
}
