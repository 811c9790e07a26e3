using System.Text;

namespace Metron.OpenFlow;

/// <summary>Types of table feature properties (<c>OFPTFPT_*</c>). "Miss" is about the table-miss rule.</summary>
public enum TablePropertyType : ushort
{
    Instructions = 0,
    InstructionsMiss = 1,
    NextTables = 2,
    NextTablesMiss = 3,
    WriteActions = 4,
    WriteActionsMiss = 5,
    ApplyActions = 6,
    ApplyActionsMiss = 7,
    Match = 8,

    /// <summary>Fields that a rule need not match.</summary>
    Wildcards = 10,
    WriteSetField = 12,
    WriteSetFieldMiss = 13,
    ApplySetField = 14,
    ApplySetFieldMiss = 15,

    /// <summary>Tables that this one mirrors. OpenFlow 1.4.</summary>
    SyncFrom = 16,

    /// <summary>Fields that copy-field can write in the action set. OpenFlow 1.5.</summary>
    WriteCopyField = 18,
    WriteCopyFieldMiss = 19,

    /// <summary>Fields that copy-field can write at once. OpenFlow 1.5.</summary>
    ApplyCopyField = 20,
    ApplyCopyFieldMiss = 21,

    /// <summary>Kinds of packets that the table takes. OpenFlow 1.5.</summary>
    PacketTypes = 22,
    Experimenter = 0xfffe,
    ExperimenterMiss = 0xffff,
}

/// <summary>One property of <see cref="TableFeatures"/>.</summary>
public abstract record TableProperty
{
    private protected TableProperty(TablePropertyType type) => Type = type;

    /// <summary>What the property is about.</summary>
    public TablePropertyType Type { get; }

    internal abstract void Append(StringBuilder text);

    internal abstract void WriteBody(ref OpenFlowWriter writer);

    internal static EquatableArray<TableProperty> ReadAll(ref OpenFlowReader reader)
    {
        var properties = new List<TableProperty>();
        while (!reader.IsAtEnd)
        {
            var type = (TablePropertyType)OpenFlowProperty.ReadHeader(ref reader, out var body);
            properties.Add(ReadBody(type, ref body));
        }

        return properties.ToEquatableArray();
    }

    private static TableProperty ReadBody(TablePropertyType type, ref OpenFlowReader body)
    {
        switch (type)
        {
            case TablePropertyType.Instructions or TablePropertyType.InstructionsMiss:
            case >= TablePropertyType.WriteActions and <= TablePropertyType.ApplyActionsMiss:
                return TableFeatureIdsProperty.Read(type, ref body);
            case TablePropertyType.NextTables or TablePropertyType.NextTablesMiss or TablePropertyType.SyncFrom:
                return new TableNumbersProperty(type, body.ReadRest());
            case TablePropertyType.Match or TablePropertyType.Wildcards:
            case >= TablePropertyType.WriteSetField and <= TablePropertyType.ApplySetFieldMiss:
            case >= TablePropertyType.WriteCopyField and <= TablePropertyType.ApplyCopyFieldMiss when body.Version >= OpenFlowVersion.OpenFlow15:
                return TableFieldsProperty.Read(type, ref body);
            case TablePropertyType.PacketTypes when body.Version >= OpenFlowVersion.OpenFlow15:
                return TableValuesProperty.Read(type, ref body);
            default:
                return new UnknownTableProperty(type, body.ReadRest());
        }
    }
}

/// <summary>Instructions or actions that a table supports.</summary>
public sealed record TableFeatureIdsProperty(TablePropertyType Type, EquatableArray<TableFeatureId> Ids) : TableProperty(Type)
{
    internal override void Append(StringBuilder text) => text.Append(Ids);

    internal override void WriteBody(ref OpenFlowWriter writer)
    {
        foreach (var id in Ids.AsSpan())
        {
            writer.Write(id.Type);
            writer.Write((ushort)(id.Body.Count + 4));
            writer.Write(id.Body);
        }
    }

    internal static TableFeatureIdsProperty Read(TablePropertyType type, ref OpenFlowReader body)
    {
        var ids = new List<TableFeatureId>();
        while (!body.IsAtEnd)
        {
            var start = body.Offset;
            var id = body.ReadUInt16();
            var length = body.ReadUInt16();
            if (length < 4)
            {
                throw new OpenFlowDecodeException(start, $"instruction or action number of length {length}, less than its header");
            }

            ids.Add(new TableFeatureId(id, body.ReadBytes(length - 4)));
        }

        return new TableFeatureIdsProperty(type, ids.ToEquatableArray());
    }
}

/// <summary>An instruction or action by number.</summary>
/// <param name="Type">An <see cref="InstructionType"/> or <see cref="ActionType"/>, by the property that holds it.</param>
/// <param name="Body">Empty, but for experimenters.</param>
public readonly record struct TableFeatureId(ushort Type, EquatableArray<byte> Body = default)
{
    /// <summary>The number, and for experimenters what follows it.</summary>
    public override string ToString() => Body.IsEmpty ? $"{Type}" : $"{Type}({Body})";
}

/// <summary>Tables that a table can go on to, or mirrors.</summary>
public sealed record TableNumbersProperty(TablePropertyType Type, EquatableArray<byte> Tables) : TableProperty(Type)
{
    internal override void Append(StringBuilder text) => text.Append('[').AppendJoin(", ", Tables).Append(']');

    internal override void WriteBody(ref OpenFlowWriter writer) => writer.Write(Tables);
}

/// <summary>Fields that a table can match, leave out, or set.</summary>
public sealed record TableFieldsProperty(TablePropertyType Type, EquatableArray<OxmHeader> Fields) : TableProperty(Type)
{
    internal override void Append(StringBuilder text) => text.Append(Fields);

    internal override void WriteBody(ref OpenFlowWriter writer)
    {
        foreach (var field in Fields.AsSpan())
        {
            field.Write(ref writer);
        }
    }

    internal static TableFieldsProperty Read(TablePropertyType type, ref OpenFlowReader body)
    {
        var fields = new List<OxmHeader>();
        while (!body.IsAtEnd)
        {
            fields.Add(OxmHeader.Read(ref body));
        }

        return new TableFieldsProperty(type, fields.ToEquatableArray());
    }
}

/// <summary>Values of fields that a table takes, such as packet types; OpenFlow 1.5.</summary>
public sealed record TableValuesProperty(TablePropertyType Type, EquatableArray<OxmField> Values) : TableProperty(Type)
{
    internal override void Append(StringBuilder text) => text.Append(Values);

    internal override void WriteBody(ref OpenFlowWriter writer)
    {
        foreach (var value in Values.AsSpan())
        {
            value.Write(ref writer);
        }
    }

    internal static TableValuesProperty Read(TablePropertyType type, ref OpenFlowReader body)
    {
        var values = new List<OxmField>();
        while (!body.IsAtEnd)
        {
            values.Add(OxmField.Read(ref body));
        }

        return new TableValuesProperty(type, values.ToEquatableArray());
    }
}

/// <summary>A property unknown here, kept as it came.</summary>
public sealed record UnknownTableProperty(TablePropertyType Type, EquatableArray<byte> Body) : TableProperty(Type)
{
    internal override void Append(StringBuilder text) => text.Append(Body);

    internal override void WriteBody(ref OpenFlowWriter writer) => writer.Write(Body);
}
