using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Metron.OpenFlow;

/// <summary>Writes big-endian values of one message into a rented buffer; lengths are patched in afterwards.</summary>
/// <remarks>Dispose returns the buffer. At most <see cref="MaximumLength"/> bytes, the most that a header's length field can say.</remarks>
internal ref struct OpenFlowWriter
{
    /// <summary>Largest message, in bytes (16-bit length field).</summary>
    public const int MaximumLength = 65535;

    private const int InitialCapacity = 512;

    private byte[] _buffer;
    private int _length;

    /// <summary>Version of the message being written.</summary>
    public OpenFlowVersion Version { get; set; }

    /// <summary>Transaction number of the message being written; a message inside a bundle repeats it.</summary>
    public uint TransactionId { get; set; }

    public OpenFlowWriter()
    {
        _buffer = ArrayPool<byte>.Shared.Rent(InitialCapacity);
        _length = 0;
    }

    public readonly int Length => _length;

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    public void Write(byte value) => Reserve(1)[0] = value;

    public void Write(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);

    public void Write(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);

    public void Write(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    public void Write(EquatableArray<byte> bytes) => Write(bytes.AsSpan());

    public void Write(HardwareAddress address)
    {
        var octets = Reserve(HardwareAddress.Length);
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)(address.Value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(octets[2..], (uint)address.Value);
    }

    /// <summary>A text field of fixed length, filled up with NUL.</summary>
    /// <exception cref="OpenFlowEncodeException">The text does not fit, or has a character outside Latin-1.</exception>
    public void WriteText(string text, int length)
    {
        if (text.Length > length || text.AsSpan().ContainsAnyExceptInRange('\u0001', '\u00ff'))
        {
            throw new OpenFlowEncodeException($"'{text}' does not fit a text field of {length} Latin-1 characters");
        }

        Encoding.Latin1.GetBytes(text, Reserve(length));
    }

    public void WriteZeros(int count) => Reserve(count);

    /// <summary>Zeros up to the next multiple of eight after <paramref name="start"/>.</summary>
    public void PadFrom(int start) => WriteZeros((8 - ((_length - start) & 7)) & 7);

    /// <summary>Writes the number of bytes since <paramref name="start"/> into the 16-bit field at <paramref name="field"/>.</summary>
    /// <exception cref="OpenFlowEncodeException">More than 65,535 bytes.</exception>
    public readonly void PatchLength(int field, int start) =>
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(field), (ushort)(_length - start));

    private Span<byte> Reserve(int count)
    {
        if (count > MaximumLength - _length)
        {
            throw new OpenFlowEncodeException($"message longer than {MaximumLength} bytes");
        }

        if (count > _buffer.Length - _length)
        {
            Grow(count);
        }

        var span = _buffer.AsSpan(_length, count);
        span.Clear();
        _length += count;
        return span;
    }

    private void Grow(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + count));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
