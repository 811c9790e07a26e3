using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Metron.OpenFlow;

/// <summary>A match field with its value and, possibly, a mask; also the argument of set-field.</summary>
/// <remarks>
/// The payload is kept as it is on the wire, big-endian, so a field unknown here is encoded unchanged. Create known fields with
/// <see cref="Exact"/>, <see cref="Masked"/> or one of the named methods.
/// </remarks>
/// <param name="Type">The field.</param>
/// <param name="Payload">Value, followed by a mask of the same length if <paramref name="HasMask"/>.</param>
/// <param name="HasMask">Whether the payload ends with a mask. One bits of the mask are compared.</param>
public sealed partial record OxmField(OxmType Type, EquatableArray<byte> Payload, bool HasMask)
{
    /// <summary>The value as an unsigned number; only the last 16 bytes of a longer one.</summary>
    public UInt128 Value => ToNumber(ValueBytes);

    /// <summary>The mask as an unsigned number; all ones over the field's significant bits when there is none.</summary>
    public UInt128 Mask => HasMask ? ToNumber(MaskBytes) : Oxm.Describe(Type)?.FullMask ?? AllOnes(ValueBytes.Length);

    /// <summary>The value, big-endian.</summary>
    public ReadOnlySpan<byte> ValueBytes => HasMask ? Payload.AsSpan()[..(Payload.Count / 2)] : Payload.AsSpan();

    /// <summary>The mask, big-endian; empty when there is none.</summary>
    public ReadOnlySpan<byte> MaskBytes => HasMask ? Payload.AsSpan()[(Payload.Count / 2)..] : default;

    /// <summary>Whether it is in its simplest form, and does not match everything.</summary>
    internal bool IsCanonical()
    {
        if (!HasMask)
        {
            return true;
        }

        var mask = Mask;
        return mask != 0 && (Oxm.Describe(Type) is not { } known || (mask != known.FullMask && (Value & ~mask) == 0));
    }

    internal OxmHeader Header => new(Type, HasMask, checked((byte)Payload.Count));

    /// <summary>A field that must equal <paramref name="value"/>.</summary>
    /// <exception cref="ArgumentException">The field is unknown, or the value has more bits than it.</exception>
    public static OxmField Exact(OxmType type, UInt128 value)
    {
        var description = Require(type, value);
        var payload = new byte[description.Bytes];
        WriteNumber(payload, value);
        return new OxmField(type, EquatableArray.Create<byte>(payload), false);
    }

    /// <summary>A field whose bits under the one bits of <paramref name="mask"/> must equal those of <paramref name="value"/>.</summary>
    /// <remarks>A mask over all significant bits gives the same as <see cref="Exact"/>. Bits of the value outside the mask are cleared.</remarks>
    /// <exception cref="ArgumentException">The field is unknown, or value or mask have more bits than it.</exception>
    public static OxmField Masked(OxmType type, UInt128 value, UInt128 mask)
    {
        var description = Require(type, value);
        Require(type, mask);
        if (mask == description.FullMask)
        {
            return Exact(type, value);
        }

        var payload = new byte[description.Bytes * 2];
        WriteNumber(payload.AsSpan(0, description.Bytes), value & mask);
        WriteNumber(payload.AsSpan(description.Bytes), mask);
        return new OxmField(type, EquatableArray.Create<byte>(payload), true);
    }

    /// <summary>The field as switches report it back: no mask when it covers every bit, no value bits outside the mask.</summary>
    public OxmField Canonical() => HasMask && Oxm.Describe(Type) is not null ? Masked(Type, Value, Mask) : this;

    /// <summary>"name=value" or "name=value/mask" in the notation of <c>ovs-ofctl</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        OxmText.Append(text, this);
        return text.ToString();
    }

    internal static OxmField Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var header = OxmHeader.Read(ref reader);
        if (Oxm.Describe(header.Type) is { } description)
        {
            var expected = header.HasMask ? description.Bytes * 2 : description.Bytes;
            if (header.Length != expected)
            {
                throw new OpenFlowDecodeException(start, $"match field {description.Name} has length {header.Length}, not {expected}");
            }
        }
        else if (header.HasMask && header.Length % 2 != 0)
        {
            throw new OpenFlowDecodeException(start, $"masked match field {header.Type.Name} has odd length {header.Length}");
        }

        return new OxmField(header.Type, reader.ReadBytes(header.Length), header.HasMask);
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        Header.Write(ref writer);
        writer.Write(Payload);
    }

    private static UInt128 AllOnes(int bytes) => bytes >= 16 ? UInt128.MaxValue : (UInt128.One << (bytes * 8)) - 1;

    internal static UInt128 ToNumber(ReadOnlySpan<byte> bytes)
    {
        var number = UInt128.Zero;
        foreach (var octet in bytes)
        {
            number = (number << 8) | octet;
        }

        return number;
    }

    private static void WriteNumber(Span<byte> destination, UInt128 value)
    {
        Span<byte> whole = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(whole, value);
        whole[(16 - destination.Length)..].CopyTo(destination);
    }

    private static OxmDescription Require(OxmType type, UInt128 value)
    {
        var description = Oxm.Describe(type)
            ?? throw new ArgumentException($"{type.Name} is not a known match field; give its payload instead", nameof(type));
        return value <= description.FullMask
            ? description
            : throw new ArgumentException($"0x{value:x} does not fit the {description.Bits} bits of {description.Name}", nameof(value));
    }

    private static UInt128 AddressNumber(IPAddress address) => ToNumber(address.GetAddressBytes());
}
