using System.Text;

namespace Metron.OpenFlow;

/// <summary>What a table can do (OpenFlow 1.3.5 section 7.3.5.5).</summary>
public sealed record TableFeatures
{
    private const int NameLength = 32;
    private const int FixedLength = 64;

    public byte Table { get; init; }

    /// <summary>In a request, what to do with the table; OpenFlow 1.5, not sent before.</summary>
    public TableFeaturesCommand Command { get; init; }

    /// <summary>Which way packets reach the table; OpenFlow 1.5, not sent before.</summary>
    public TableFeatureFlags Features { get; init; }

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
        text.Append(Command == 0 ? "" : $" command={Command}").Append(Features == 0 ? "" : $" features={Features}");
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
        var has15 = writer.Version >= OpenFlowVersion.OpenFlow15;
        writer.Write(Table);
        writer.Write(has15 ? (byte)Command : (byte)0);
        writer.Write(has15 ? (uint)Features : 0);
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
        var has15 = reader.Version >= OpenFlowVersion.OpenFlow15;
        var table = body.ReadByte();
        var command = body.ReadByte();
        var features = body.ReadUInt32();
        return new TableFeatures
        {
            Table = table,
            Command = has15 ? (TableFeaturesCommand)command : default,
            Features = has15 ? (TableFeatureFlags)features : default,
            Name = body.ReadText(NameLength),
            MetadataMatch = body.ReadUInt64(),
            MetadataWrite = body.ReadUInt64(),
            Configuration = (TableConfiguration)body.ReadUInt32(),
            MaximumEntries = body.ReadUInt32(),
            Properties = TableProperty.ReadAll(ref body),
        };
    }
}

/// <summary>What a table features request does with a table (<c>OFPTFC_*</c>); OpenFlow 1.5.</summary>
public enum TableFeaturesCommand : byte
{
    /// <summary>The tables of the request are all there are.</summary>
    Replace = 0,

    /// <summary>Changes this table only.</summary>
    Modify = 1,
    Enable = 2,
    Disable = 3,
}

/// <summary>Which way packets reach a table (<c>OFPTFF_*</c>); OpenFlow 1.5.</summary>
[Flags]
public enum TableFeatureFlags : uint
{
    None = 0,
    Ingress = 1,
    Egress = 2,

    /// <summary>The table in which egress processing begins.</summary>
    FirstEgress = 16,
}
