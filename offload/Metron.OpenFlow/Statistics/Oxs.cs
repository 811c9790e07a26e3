using System.Buffers.Binary;
using System.Text;

namespace Metron.OpenFlow;

/// <summary>What a statistics field counts (OpenFlow 1.5.1 section 7.2.4.2, <c>OXS</c>).</summary>
/// <param name="Class"><see cref="BasicClass"/>, 0xffff for an experimenter's, or a class unknown here.</param>
/// <param name="Number">Field number in its class, 0 to 127.</param>
/// <param name="Experimenter">Whose field it is when the class is 0xffff, else 0.</param>
/// <param name="IsReserved">The bit beside the number, which the standard reserves: with it set, it is not the field that the number says.</param>
public readonly record struct OxsType(ushort Class, byte Number, uint Experimenter = 0, bool IsReserved = false)
{
    /// <summary>The fields of the standard (<c>OFPXSC_OPENFLOW_BASIC</c>).</summary>
    public const ushort BasicClass = 0x8002;

    private const ushort ExperimenterClass = 0xffff;

    /// <summary>Time since the rule was added, as seconds and nanoseconds.</summary>
    public static OxsType Duration { get; } = new(BasicClass, 0);

    /// <summary>Time since the last packet, as seconds and nanoseconds.</summary>
    public static OxsType IdleTime { get; } = new(BasicClass, 1);

    public static OxsType FlowCount { get; } = new(BasicClass, 3);

    public static OxsType PacketCount { get; } = new(BasicClass, 4);

    public static OxsType ByteCount { get; } = new(BasicClass, 5);

    internal bool IsExperimenter => Class == ExperimenterClass;

    /// <summary>Name in the standard, or class and number for a field unknown here.</summary>
    public string Name => (Class, Number, IsReserved) switch
    {
        (BasicClass, 0, false) => "duration",
        (BasicClass, 1, false) => "idle_time",
        (BasicClass, 3, false) => "flow_count",
        (BasicClass, 4, false) => "packet_count",
        (BasicClass, 5, false) => "byte_count",
        _ => (IsExperimenter ? $"oxs_0x{Experimenter:x8}_{Number}" : $"oxs_0x{Class:x4}_{Number}") + (IsReserved ? "_reserved" : ""),
    };

    public override string ToString() => Name;
}

/// <summary>A statistics field with its value; in a <see cref="StatTriggerInstruction"/>, a threshold.</summary>
/// <param name="Type">What is counted.</param>
/// <param name="Payload">The value, big-endian as on the wire, so a field unknown here is encoded unchanged.</param>
public sealed record OxsField(OxsType Type, EquatableArray<byte> Payload)
{
    private const int ExperimenterLength = 4;

    /// <summary>The value as a number when it has four or eight bytes, else null. Times have their seconds in the upper half.</summary>
    public ulong? Value => Payload.Count switch
    {
        4 => BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan()),
        8 => BinaryPrimitives.ReadUInt64BigEndian(Payload.AsSpan()),
        _ => null,
    };

    public static OxsField Duration(FlowAge age) => Of(OxsType.Duration, ((ulong)age.Seconds << 32) | age.Nanoseconds);

    public static OxsField IdleTime(FlowAge age) => Of(OxsType.IdleTime, ((ulong)age.Seconds << 32) | age.Nanoseconds);

    public static OxsField PacketCount(ulong packets) => Of(OxsType.PacketCount, packets);

    public static OxsField ByteCount(ulong bytes) => Of(OxsType.ByteCount, bytes);

    public static OxsField FlowCount(uint flows) =>
        new(OxsType.FlowCount, [(byte)(flows >> 24), (byte)(flows >> 16), (byte)(flows >> 8), (byte)flows]);

    /// <summary>"name=value"; times in seconds, what is unknown in hexadecimal.</summary>
    public override string ToString() =>
        Type.Class != OxsType.BasicClass || Type.IsReserved || Value is not { } value ? $"{Type.Name}=0x{Payload}"
        : Type == OxsType.Duration || Type == OxsType.IdleTime ? $"{Type.Name}={new FlowAge((uint)(value >> 32), (uint)value)}"
        : $"{Type.Name}={value}";

    internal void Write(ref OpenFlowWriter writer)
    {
        var length = Payload.Count + (Type.IsExperimenter ? ExperimenterLength : 0);
        if (length > byte.MaxValue)
        {
            throw new OpenFlowEncodeException($"statistics field {Type.Name} of {length} bytes exceeds 255");
        }

        WriteHeader(ref writer, Type, (byte)length);
        if (Type.IsExperimenter)
        {
            writer.Write(Type.Experimenter);
        }

        writer.Write(Payload);
    }

    internal static void WriteHeader(ref OpenFlowWriter writer, OxsType type, byte length)
    {
        writer.Write(type.Class);
        writer.Write((byte)((type.Number << 1) | (type.IsReserved ? 1 : 0)));
        writer.Write(length);
    }

    internal static OxsField Read(ref OpenFlowReader reader)
    {
        var type = ReadHeader(ref reader, out var length);
        return new OxsField(type, reader.ReadBytes(length));
    }

    /// <summary>Reads up to the value; <paramref name="length"/> are the value's bytes.</summary>
    internal static OxsType ReadHeader(ref OpenFlowReader reader, out int length)
    {
        var oxsClass = reader.ReadUInt16();
        var number = reader.ReadByte();
        length = reader.ReadByte();
        var type = new OxsType(oxsClass, (byte)(number >> 1), IsReserved: (number & 1) != 0);
        if (!type.IsExperimenter)
        {
            return type;
        }

        if (length < ExperimenterLength)
        {
            throw reader.Error($"experimenter statistics field of length {length} has no experimenter number");
        }

        length -= ExperimenterLength;
        return type with { Experimenter = reader.ReadUInt32() };
    }

    private static OxsField Of(OxsType type, ulong value)
    {
        var payload = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(payload, value);
        return new OxsField(type, EquatableArray.Create<byte>(payload));
    }
}

/// <summary>Reads and writes <c>struct ofp_stats</c>: two reserved bytes, length without padding, fields, padding to eight bytes.</summary>
internal static class OxsList
{
    private const int HeaderLength = 4;

    /// <summary>Cuts the list's fields off, and the padding.</summary>
    public static OpenFlowReader Take(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        reader.Skip(2);
        var length = reader.ReadUInt16();
        if (length < HeaderLength)
        {
            throw new OpenFlowDecodeException(start, $"statistics of length {length}, less than their header");
        }

        var part = reader.Take(length - HeaderLength);
        reader.SkipPadding(length);
        return part;
    }

    public static EquatableArray<OxsField> Read(ref OpenFlowReader reader)
    {
        var part = Take(ref reader);
        if (part.IsAtEnd)
        {
            return default;
        }

        var fields = new List<OxsField>();
        while (!part.IsAtEnd)
        {
            fields.Add(OxsField.Read(ref part));
        }

        return fields.ToEquatableArray();
    }

    /// <summary>Writes the header; <see cref="End"/> completes it.</summary>
    public static int Begin(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.WriteZeros(HeaderLength);
        return start;
    }

    public static void Write(ref OpenFlowWriter writer, EquatableArray<OxsField> fields)
    {
        foreach (var field in fields.AsSpan())
        {
            field.Write(ref writer);
        }
    }

    public static void End(ref OpenFlowWriter writer, int start)
    {
        writer.PatchLength(start + 2, start);
        writer.PadFrom(start);
    }

    public static void Append(StringBuilder text, string separator, EquatableArray<OxsField> fields)
    {
        foreach (var field in fields.AsSpan())
        {
            text.Append(separator).Append(field);
        }
    }
}
