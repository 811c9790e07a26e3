using System.Text;

namespace Metron.OpenFlow;

/// <summary>What a table can do (OpenFlow 1.3.5 section 7.3.5.5).</summary>
public sealed record TableFeatures
{
    private const int NameLength = 32;
    private const int FixedLength = 64;

    public byte Table { get; init; }

    /// <summary>At most 32 Latin-1 characters.</summary>
    public string Name { get; init; } = "";

    /// <summary>Metadata bits that rules can match.</summary>
    public ulong MetadataMatch { get; init; }

    /// <summary>Metadata bits that rules can write.</summary>
    public ulong MetadataWrite { get; init; }

    /// <summary>Supported behaviours (1.3: reserved).</summary>
    public TableConfiguration Configuration { get; init; }

    public uint MaximumEntries { get; init; }

    public EquatableArray<TableProperty> Properties { get; init; }

    /// <summary>Whether rules of the table can match this field.</summary>
    public bool CanMatch(OxmType type) => Fields(TablePropertyType.Match).Any(header => header.Type == type);

    /// <summary>Whether rules of the table can match this field under a mask.</summary>
    public bool CanMask(OxmType type) => Fields(TablePropertyType.Match).Any(header => header.Type == type && header.HasMask);

    /// <summary>The fields that the property of this type lists; empty when it is absent.</summary>
    public IEnumerable<OxmHeader> Fields(TablePropertyType type) =>
        Properties.OfType<TableFieldsProperty>().Where(property => property.Type == type).SelectMany(static property => property.Fields);

    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return OneLine.Of(text);
    }

    internal void Append(StringBuilder text)
    {
        text.Append($"table {Table} (\"{Name}\"): metadata: match=0x{MetadataMatch:x} write=0x{MetadataWrite:x}");
        text.Append($" config={Configuration} max_entries={MaximumEntries}");
        foreach (var property in Properties.AsSpan())
        {
            text.Append($" {property.Type}=");
            property.Append(text);
        }
    }

    internal void Write(ref OpenFlowWriter writer)
    {
        var start = writer.Length;
        writer.Write((ushort)0);
        writer.Write(Table);
        writer.WriteZeros(5);
        writer.WriteText(Name, NameLength);
        writer.Write(MetadataMatch);
        writer.Write(MetadataWrite);
        writer.Write((uint)Configuration);
        writer.Write(MaximumEntries);
        foreach (var property in Properties.AsSpan())
        {
            var propertyStart = OpenFlowProperty.Begin(ref writer, (ushort)property.Type);
            property.WriteBody(ref writer);
            OpenFlowProperty.End(ref writer, propertyStart);
        }

        writer.PatchLength(start, start);
    }

    internal static TableFeatures Read(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"table features of length {length}, less than its fields");
        }

        var body = reader.Take(length - 2);
        var table = body.ReadByte();
        body.Skip(5);
        return new TableFeatures
        {
            Table = table,
            Name = body.ReadText(NameLength),
            MetadataMatch = body.ReadUInt64(),
            MetadataWrite = body.ReadUInt64(),
            Configuration = (TableConfiguration)body.ReadUInt32(),
            MaximumEntries = body.ReadUInt32(),
            Properties = TableProperty.ReadAll(ref body),
        };
    }
}
