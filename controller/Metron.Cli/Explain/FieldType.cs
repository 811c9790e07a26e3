using Google.Protobuf.Reflection;
using ProtoType = Google.Protobuf.Reflection.FieldType;

namespace Metron.Cli.Explain;

/// <summary>Types of fields in the words of spec files.</summary>
internal static class FieldType
{
    /// <summary>"text", "list of Endpoint", "one of ALLOW, DENY".</summary>
    public static string Name(FieldDescriptor field) => field switch
    {
        { IsMap: true } => "mapping of text to " + Single(field.MessageType.FindFieldByNumber(2)),
        { IsRepeated: true } => "list of " + Single(field),
        _ => Single(field),
    };

    /// <summary>The message that a field holds, one or many; null for other fields and for times.</summary>
    public static MessageDescriptor? MessageOf(FieldDescriptor field) =>
        field.FieldType == ProtoType.Message && !field.IsMap && !field.MessageType.FullName.StartsWith("google.", StringComparison.Ordinal)
            ? field.MessageType
            : null;

    /// <summary>The values that can be written; the one that stands for "not given" is left out.</summary>
    public static IEnumerable<EnumValueDescriptor> Values(EnumDescriptor type) => type.Values.Where(value => value.Number != 0);

    private static string Single(FieldDescriptor field) => field.FieldType switch
    {
        ProtoType.Message when field.MessageType.Name == "Timestamp" => "time",
        ProtoType.Message when field.MessageType.Name == "Duration" => "duration",
        ProtoType.Message => field.MessageType.Name,
        ProtoType.Enum => "one of " + string.Join(", ", Values(field.EnumType).Select(value => value.Name)),
        ProtoType.String => "text",
        ProtoType.Bool => "true or false",
        ProtoType.Double or ProtoType.Float => "number",
        _ => "whole number",
    };
}
