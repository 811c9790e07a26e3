using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>Reads from the front of a span, and says instead of throwing when there is not enough.</summary>
internal ref struct SpanCursor(ReadOnlySpan<byte> bytes)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public readonly bool IsAtEnd => Rest.IsEmpty;

    public bool TryTake(int length, out ReadOnlySpan<byte> part)
    {
        if ((uint)length > (uint)Rest.Length)
        {
            part = default;
            return false;
        }

        part = Rest[..length];
        Rest = Rest[length..];
        return true;
    }

    /// <summary>Takes an element that begins with its own length, of at least <paramref name="minimum"/> bytes.</summary>
    public bool TryTakeElement(int minimum, out ReadOnlySpan<byte> element)
    {
        element = default;
        if (Rest.Length < 2)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(Rest);
        return length >= minimum && TryTake(length, out element);
    }

    /// <summary>
    /// Takes a list that begins with two bytes and its length, such as match and statistics, and skips the padding after it, of which any part may be missing.
    /// </summary>
    public bool TryTakeList(out ushort type, out ReadOnlySpan<byte> content)
    {
        type = 0;
        content = default;
        if (Rest.Length < 4)
        {
            return false;
        }

        type = BinaryPrimitives.ReadUInt16BigEndian(Rest);
        var length = BinaryPrimitives.ReadUInt16BigEndian(Rest[2..]);
        if (length < 4 || !TryTake(length, out var list))
        {
            return false;
        }

        content = list[4..];
        Rest = Rest[Math.Min((8 - (length & 7)) & 7, Rest.Length)..];
        return true;
    }
}
