using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks for the maker's description of the switch.</summary>
public sealed record DescriptionRequest : EmptyMultipartRequest, IMultipartRequest<DescriptionReply>
{
    public override MultipartType Kind => MultipartType.Description;
}

/// <summary>The maker's description of the switch (OpenFlow 1.3.5 section 7.3.5.1); Latin-1 texts.</summary>
public sealed record DescriptionReply : MultipartReply
{
    private const int TextLength = 256;
    private const int SerialLength = 32;

    public override MultipartType Kind => MultipartType.Description;

    public string Manufacturer { get; init; } = "";

    public string Hardware { get; init; } = "";

    public string Software { get; init; } = "";

    public string SerialNumber { get; init; } = "";

    public string Datapath { get; init; } = "";

    private protected override void AppendItems(StringBuilder text) =>
        text.Append($"Manufacturer: {Manufacturer}, Hardware: {Hardware}, Software: {Software}, Serial Num: {SerialNumber}, DP Description: {Datapath}");

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.WriteText(Manufacturer, TextLength);
        writer.WriteText(Hardware, TextLength);
        writer.WriteText(Software, TextLength);
        writer.WriteText(SerialNumber, SerialLength);
        writer.WriteText(Datapath, TextLength);
    }

    internal static DescriptionReply Read(ref OpenFlowReader reader) => new()
    {
        Manufacturer = reader.ReadText(TextLength),
        Hardware = reader.ReadText(TextLength),
        Software = reader.ReadText(TextLength),
        SerialNumber = reader.ReadText(SerialLength),
        Datapath = reader.ReadText(TextLength),
    };
}

/// <summary>Asks for the ports of the switch.</summary>
/// <param name="Port">Port number; <see cref="PortNumber.Any"/> for all. Another needs OpenFlow 1.5.</param>
public sealed record PortDescriptionRequest(uint Port = PortNumber.Any) : MultipartRequest, IMultipartRequest<PortDescriptionReply>
{
    public override MultipartType Kind => MultipartType.PortDescription;

    private protected override void AppendItems(StringBuilder text)
    {
        if (Port != PortNumber.Any)
        {
            OxmText.AppendPort(text.Append("port_no="), Port);
        }
    }

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        if (version >= OpenFlowVersion.OpenFlow15)
        {
            writer.Write(Port);
            writer.WriteZeros(4);
        }
        else if (Port != PortNumber.Any)
        {
            VersionRange.Require("the description of a single port", version, OpenFlowVersion.OpenFlow15);
        }
    }

    internal static PortDescriptionRequest Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        if (version < OpenFlowVersion.OpenFlow15 || reader.IsAtEnd)
        {
            return new PortDescriptionRequest();
        }

        var port = reader.ReadUInt32();
        reader.Skip(4);
        return new PortDescriptionRequest(port);
    }
}

/// <summary>The ports of the switch.</summary>
public sealed record PortDescriptionReply(EquatableArray<PortDescription> Ports) : MultipartReply
{
    public override MultipartType Kind => MultipartType.PortDescription;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Ports);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var port in Ports.AsSpan())
        {
            port.Write(ref writer, version);
        }
    }
}

/// <summary>Asks what tables can do, or with a body changes them.</summary>
public sealed record TableFeaturesRequest(EquatableArray<TableFeatures> Tables = default) : MultipartRequest, IMultipartRequest<TableFeaturesReply>
{
    public override MultipartType Kind => MultipartType.TableFeatures;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Tables);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var table in Tables.AsSpan())
        {
            table.Write(ref writer);
        }
    }
}

/// <summary>What tables can do.</summary>
public sealed record TableFeaturesReply(EquatableArray<TableFeatures> Tables) : MultipartReply
{
    public override MultipartType Kind => MultipartType.TableFeatures;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Tables);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var table in Tables.AsSpan())
        {
            table.Write(ref writer);
        }
    }
}

/// <summary>Asks how tables behave when they fill up; OpenFlow 1.4.</summary>
public sealed record TableDescriptionRequest : EmptyMultipartRequest, IMultipartRequest<TableDescriptionReply>
{
    public override MultipartType Kind => MultipartType.TableDescription;
}

/// <summary>How tables behave when they fill up; OpenFlow 1.4.</summary>
public sealed record TableDescriptionReply(EquatableArray<TableSettings> Tables) : MultipartReply
{
    private const int FixedLength = 8;

    public override MultipartType Kind => MultipartType.TableDescription;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Tables);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var table in Tables.AsSpan())
        {
            WriteOne(ref writer, table);
        }
    }

    internal static void WriteOne(ref OpenFlowWriter writer, TableSettings table)
    {
        var start = writer.Length;
        writer.Write((ushort)0);
        writer.Write(table.Table);
        writer.WriteZeros(1);
        writer.Write((uint)table.Configuration);
        table.WriteProperties(ref writer);
        writer.PatchLength(start, start);
    }

    internal static TableSettings ReadOne(ref OpenFlowReader reader)
    {
        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"table description of length {length}, less than its fields");
        }

        var body = reader.Take(length - 2);
        var table = body.ReadByte();
        body.Skip(1);
        return new TableSettings { Table = table, Configuration = (TableConfiguration)body.ReadUInt32() }.ReadProperties(ref body);
    }
}
