using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Metron.Mapping;

namespace Metron.Cli.Specs;

/// <summary>
/// Fills a proto message from a YAML value by the message's descriptor, in the names of the JSON mapping, and notes every problem: fields
/// that are not known, given twice, of the wrong type or out of range.
/// </summary>
/// <param name="problem">Takes the problems: where, path, message.</param>
internal sealed class MessageReader(Action<Position, string, string> problem)
{
    private readonly Dictionary<MessageDescriptor, Dictionary<string, FieldDescriptor>> fieldsByName = [];

    /// <summary>Fills the message.</summary>
    public void Read(IMessage message, YamlValue value, string path)
    {
        if (value is not YamlMapping mapping)
        {
            var kind = message.Descriptor.Name;
            problem(value.At, path, value is YamlScalar { IsNull: true }
                ? $"has no value; write {{}} for a {kind} of defaults, or leave the field out"
                : $"expected a mapping with the fields of {kind}, found {value.Describe()}");
            return;
        }

        var fields = Fields(message.Descriptor);
        var seen = new Dictionary<string, Position>();
        var oneofs = new Dictionary<OneofDescriptor, YamlEntry>();
        foreach (var entry in mapping.Entries)
        {
            var fieldPath = Join(path, entry.Key);
            if (!fields.TryGetValue(entry.Key, out var field))
            {
                var hint = Suggestion.Phrase(entry.Key, fields.Keys);
                problem(entry.KeyAt, fieldPath, $"{message.Descriptor.Name} has no field {SpecText.Quote(entry.Key)}{hint}");
            }
            else if (IsFirst(seen, entry, fieldPath) && IsOnlyOfItsOneof(oneofs, field, entry, fieldPath))
            {
                ReadField(message, field, entry.Value, fieldPath);
            }
        }
    }

    private bool IsFirst(Dictionary<string, Position> seen, YamlEntry entry, string path)
    {
        if (seen.TryAdd(entry.Key, entry.KeyAt))
        {
            return true;
        }

        problem(entry.KeyAt, path, $"is given twice, first on line {seen[entry.Key].Line}; keep one");
        return false;
    }

    private bool IsOnlyOfItsOneof(Dictionary<OneofDescriptor, YamlEntry> oneofs, FieldDescriptor field, YamlEntry entry, string path)
    {
        if (field.RealContainingOneof is not { } oneof || oneofs.TryAdd(oneof, entry))
        {
            return true;
        }

        var first = oneofs[oneof];
        var choices = string.Join(", ", oneof.Fields.Select(choice => choice.JsonName));
        problem(entry.KeyAt, path, $"only one of {choices} can be given; '{first.Key}' is, on line {first.KeyAt.Line}");
        return false;
    }

    private void ReadField(IMessage message, FieldDescriptor field, YamlValue value, string path)
    {
        if (value is YamlScalar { IsNull: true } && (field.IsMap || field.IsRepeated || field.FieldType != FieldType.Message))
        {
            problem(value.At, path, "has no value; give one or leave the field out");
        }
        else if (field.IsMap)
        {
            ReadMap((MapField<string, string>)field.Accessor.GetValue(message), value, path);
        }
        else if (field.IsRepeated)
        {
            ReadList(field, (IList)field.Accessor.GetValue(message), value, path);
        }
        else if (ReadSingle(field, value, path) is { } single)
        {
            field.Accessor.SetValue(message, single);
        }
    }

    private void ReadMap(MapField<string, string> map, YamlValue value, string path)
    {
        if (value is not YamlMapping mapping)
        {
            problem(value.At, path, $"expected a mapping from text to text, found {value.Describe()}");
            return;
        }

        var seen = new Dictionary<string, Position>();
        foreach (var entry in mapping.Entries)
        {
            var entryPath = $"{path}[\"{SpecText.Printable(entry.Key)}\"]";
            if (IsFirst(seen, entry, entryPath) && ReadText(entry.Value, entryPath) is { } text)
            {
                map[entry.Key] = text;
            }
        }
    }

    private void ReadList(FieldDescriptor field, IList list, YamlValue value, string path)
    {
        if (value is not YamlList items)
        {
            problem(value.At, path, $"expected a list, found {value.Describe()}; begin each element with \"- \"");
            return;
        }

        for (var i = 0; i < items.Items.Count; i++)
        {
            var item = items.Items[i];
            var itemPath = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");

            // An element with a problem is kept with what could be read, so that the indices of those behind it stay right.
            list.Add(ReadSingle(field, item, itemPath) ?? Default(field));
        }
    }

    private object? ReadSingle(FieldDescriptor field, YamlValue value, string path) => field.FieldType switch
    {
        FieldType.Message when field.MessageType.ClrType == typeof(Timestamp) => ReadAsText<Timestamp>(value, path, "a time such as \"2026-01-31T12:00:00Z\""),
        FieldType.Message when field.MessageType.ClrType == typeof(Duration) => ReadAsText<Duration>(value, path, "a duration such as \"1.5s\""),
        FieldType.Message => ReadMessage(field, value, path),
        FieldType.String => ReadText(value, path),
        FieldType.Bool => ReadBoolean(value, path),
        FieldType.Enum => ReadEnum(field.EnumType, value, path),
        FieldType.UInt32 => ReadNumber(value, path, uint.MinValue, uint.MaxValue),
        FieldType.UInt64 => ReadNumber(value, path, ulong.MinValue, ulong.MaxValue),
        FieldType.Int64 => ReadNumber(value, path, long.MinValue, long.MaxValue),
        _ => throw new NotSupportedException($"Specs have no fields of type {field.FieldType}, but {field.FullName} is one."),
    };

    private IMessage ReadMessage(FieldDescriptor field, YamlValue value, string path)
    {
        var message = field.MessageType.Parser.ParseFrom(ByteString.Empty);
        Read(message, value, path);
        return message;
    }

    private string? ReadText(YamlValue value, string path)
    {
        if (value is not YamlScalar scalar)
        {
            problem(value.At, path, $"expected text, found {value.Describe()}");
            return null;
        }

        if (scalar.IsNull || scalar.IsBoolean || scalar.IsNumber)
        {
            problem(value.At, path, scalar.IsNull
                ? "has no value; give one or leave the field out"
                : $"expected text, found {scalar.Describe()}; put it in quotes: \"{SpecText.Shorten(scalar.Text)}\"");
            return null;
        }

        return scalar.Text;
    }

    private object? ReadBoolean(YamlValue value, string path)
    {
        if (value is YamlScalar { IsBoolean: true } scalar)
        {
            return scalar.Text[0] is 't' or 'T';
        }

        problem(value.At, path, $"expected true or false, found {value.Describe()}");
        return null;
    }

    private object? ReadEnum(EnumDescriptor type, YamlValue value, string path)
    {
        if (value is not YamlScalar scalar || scalar.IsNumber || scalar.IsNull)
        {
            problem(value.At, path, $"expected one of {Choices()}, found {value.Describe()}");
            return null;
        }

        foreach (var choice in type.Values)
        {
            if (string.Equals(choice.Name, scalar.Text, StringComparison.OrdinalIgnoreCase))
            {
                return System.Enum.ToObject(type.ClrType, choice.Number);
            }
        }

        var near = Suggestion.For(scalar.Text, type.Values.Where(choice => choice.Number != 0).Select(choice => choice.Name));
        var hint = near is null ? string.Empty : $"; did you mean {near}?";
        problem(value.At, path, $"expected one of {Choices()}, found {scalar.Describe()}{hint}");
        return null;

        string Choices() => string.Join(", ", type.Values.Where(choice => choice.Number != 0).Select(choice => choice.Name));
    }

    private object? ReadNumber<T>(YamlValue value, string path, T least, T most)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        // The JSON mapping writes 64-bit numbers in quotes and takes all numbers that way.
        var text = (value as YamlScalar)?.Text ?? string.Empty;
        var isInteger = System.Numerics.BigInteger.TryParse(
            text.Length > 40 ? string.Empty : text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        if (!isInteger)
        {
            problem(value.At, path, $"expected a whole number, found {value.Describe()}");
            return null;
        }

        if (number < System.Numerics.BigInteger.CreateChecked(least) || number > System.Numerics.BigInteger.CreateChecked(most))
        {
            problem(value.At, path, $"{number} is out of range; expected {least}-{most}");
            return null;
        }

        return T.CreateChecked(number);
    }

    private T? ReadAsText<T>(YamlValue value, string path, string example)
        where T : class, IMessage, new()
    {
        if (value is YamlScalar scalar)
        {
            try
            {
                return JsonParser.Default.Parse<T>($"\"{scalar.Text.Replace("\"", string.Empty, StringComparison.Ordinal)}\"");
            }
            catch (InvalidProtocolBufferException)
            {
                // Said below.
            }
        }

        problem(value.At, path, $"expected {example}, found {value.Describe()}");
        return null;
    }

    private Dictionary<string, FieldDescriptor> Fields(MessageDescriptor message)
    {
        if (!fieldsByName.TryGetValue(message, out var fields))
        {
            fields = message.Fields.InDeclarationOrder().ToDictionary(field => field.JsonName);
            fieldsByName.Add(message, fields);
        }

        return fields;
    }

    private static object Default(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.Parser.ParseFrom(ByteString.Empty),
        FieldType.String => string.Empty,
        FieldType.UInt32 => 0u,
        FieldType.UInt64 => 0ul,
        FieldType.Int64 => 0L,
        FieldType.Bool => false,
        _ => System.Enum.ToObject(field.EnumType.ClrType, 0),
    };

    private static string Join(string path, string field) => path.Length == 0 ? SpecText.Printable(field) : $"{path}.{SpecText.Printable(field)}";
}
