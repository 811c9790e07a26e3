using System.Text;

namespace Metron.OpenFlow;

/// <summary>A property of a type unknown here, kept as it came (OpenFlow 1.4 attaches them to many structures).</summary>
/// <param name="Type">Property type on the wire; its meaning depends on the structure that holds it.</param>
/// <param name="Body">What follows type and length, without padding.</param>
public sealed record OpenFlowProperty(ushort Type, EquatableArray<byte> Body)
{
    /// <summary>Type and content in hexadecimal.</summary>
    public override string ToString() => $"property_0x{Type:x}({Body})";

    /// <summary>Reads type and length, and cuts the body off. The length counts the four bytes of type and length, not the padding.</summary>
    internal static ushort ReadHeader(ref OpenFlowReader reader, out OpenFlowReader body)
    {
        var start = reader.Offset;
        var type = reader.ReadUInt16();
        var length = reader.ReadUInt16();
        if (length < 4)
        {
            throw new OpenFlowDecodeException(start, $"property of type {type} has length {length}, less than its header");
        }

        body = reader.Take(length - 4);
        reader.SkipPadding(length);
        return type;
    }

    /// <summary>Starts a property and returns where; <see cref="End"/> completes it.</summary>
    internal static int Begin(ref OpenFlowWriter writer, ushort type)
    {
        var start = writer.Length;
        writer.Write(type);
        writer.Write((ushort)0);
        return start;
    }

    internal static void End(ref OpenFlowWriter writer, int start)
    {
        writer.PatchLength(start + 2, start);
        writer.PadFrom(start);
    }

    internal static EquatableArray<OpenFlowProperty> ReadAll(ref OpenFlowReader reader)
    {
        if (reader.IsAtEnd)
        {
            return default;
        }

        var properties = new List<OpenFlowProperty>();
        while (!reader.IsAtEnd)
        {
            var type = ReadHeader(ref reader, out var body);
            properties.Add(new OpenFlowProperty(type, body.ReadRest()));
        }

        return properties.ToEquatableArray();
    }

    internal static void WriteAll(ref OpenFlowWriter writer, EquatableArray<OpenFlowProperty> properties)
    {
        foreach (var property in properties.AsSpan())
        {
            var start = Begin(ref writer, property.Type);
            writer.Write(property.Body);
            End(ref writer, start);
        }
    }

    internal static void AppendAll(StringBuilder text, EquatableArray<OpenFlowProperty> properties)
    {
        foreach (var property in properties.AsSpan())
        {
            text.Append(' ').Append(property);
        }
    }
}
