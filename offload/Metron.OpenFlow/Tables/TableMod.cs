using System.Text;

namespace Metron.OpenFlow;

/// <summary>Sets how a table behaves when it fills up (OpenFlow 1.3.5 section 7.3.3, 1.4.1 section 7.3.3).</summary>
public sealed record TableMod(TableSettings Settings) : OpenFlowMessage
{
    public override MessageType Type => MessageType.TableMod;

    internal override void Append(StringBuilder text) => Settings.Append(text);

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Settings.Table);
        writer.WriteZeros(3);
        writer.Write((uint)Settings.Configuration);
        if (version >= OpenFlowVersion.OpenFlow14)
        {
            Settings.WriteProperties(ref writer);
        }
    }

    internal static TableMod Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var table = reader.ReadByte();
        reader.Skip(3);
        var settings = new TableSettings { Table = table, Configuration = (TableConfiguration)reader.ReadUInt32() };
        return new TableMod(version >= OpenFlowVersion.OpenFlow14 ? settings.ReadProperties(ref reader) : settings);
    }
}

/// <summary>How a table behaves when it fills up; the properties are of OpenFlow 1.4.</summary>
public sealed record TableSettings
{
    private const ushort EvictionType = 2;
    private const ushort VacancyType = 3;

    /// <summary>Table number, or <see cref="TableNumber.All"/>.</summary>
    public byte Table { get; init; }

    public TableConfiguration Configuration { get; init; }

    /// <summary>What eviction goes by (<c>OFPTMPEF_*</c>): 1 other, 2 importance, 4 lifetime; null when not said.</summary>
    public uint? EvictionFlags { get; init; }

    /// <summary>When to tell that the table fills up; null when not said.</summary>
    public TableVacancy? Vacancy { get; init; }

    /// <summary>Properties unknown here.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    internal void Append(StringBuilder text)
    {
        text.Append("table_id=").Append(Table == TableNumber.All ? "ALL" : $"{Table}").Append($" config={Configuration}");
        if (EvictionFlags is { } eviction)
        {
            text.Append($" eviction=0x{eviction:x}");
        }

        if (Vacancy is { } vacancy)
        {
            text.Append($" vacancy={vacancy.DownPercent}%..{vacancy.UpPercent}%, now {vacancy.NowPercent}%");
        }

        OpenFlowProperty.AppendAll(text, Properties);
    }

    internal void WriteProperties(ref OpenFlowWriter writer)
    {
        if (EvictionFlags is { } eviction)
        {
            var start = OpenFlowProperty.Begin(ref writer, EvictionType);
            writer.Write(eviction);
            OpenFlowProperty.End(ref writer, start);
        }

        if (Vacancy is { } vacancy)
        {
            var start = OpenFlowProperty.Begin(ref writer, VacancyType);
            writer.Write(vacancy.DownPercent);
            writer.Write(vacancy.UpPercent);
            writer.Write(vacancy.NowPercent);
            writer.WriteZeros(1);
            OpenFlowProperty.End(ref writer, start);
        }

        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal TableSettings ReadProperties(ref OpenFlowReader reader)
    {
        var settings = this;
        var others = new List<OpenFlowProperty>();
        while (!reader.IsAtEnd)
        {
            var type = OpenFlowProperty.ReadHeader(ref reader, out var body);
            if (type == EvictionType && body.Remaining == 4 && settings.EvictionFlags is null)
            {
                settings = settings with { EvictionFlags = body.ReadUInt32() };
            }
            else if (type == VacancyType && body.Remaining == 4 && settings.Vacancy is null)
            {
                settings = settings with { Vacancy = new TableVacancy(body.ReadByte(), body.ReadByte(), body.ReadByte()) };
            }
            else
            {
                others.Add(new OpenFlowProperty(type, body.ReadRest()));
            }
        }

        return others.Count == 0 ? settings : settings with { Properties = others.ToEquatableArray() };
    }
}

/// <summary>Thresholds of a table's free space, in percent of its size.</summary>
/// <param name="DownPercent">An event when less is free.</param>
/// <param name="UpPercent">An event when more is free again.</param>
/// <param name="NowPercent">What is free now; in descriptions only.</param>
public readonly record struct TableVacancy(byte DownPercent, byte UpPercent, byte NowPercent);

/// <summary>Behaviour of a full table (<c>OFPTC_*</c>).</summary>
[Flags]
public enum TableConfiguration : uint
{
    None = 0,
    DeprecatedMask = 3,

    /// <summary>Unimportant rules make room. OpenFlow 1.4.</summary>
    Eviction = 4,

    /// <summary>Send table-status when free space crosses a threshold. OpenFlow 1.4.</summary>
    VacancyEvents = 8,
}
