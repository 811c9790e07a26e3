using System.Text;

namespace Metron.OpenFlow;

/// <summary>A queue of a port and its rates (OpenFlow 1.3.5 section 7.2.2, 1.4.1 section 7.3.5.10).</summary>
public sealed record QueueDescription
{
    private const ushort MinimumRateType = 1;
    private const ushort MaximumRateType = 2;
    private const int FixedLength = 16;

    // Since 1.4 a rate follows type and length and fills up to eight bytes; before, eight bytes of header and eight of rate.
    private const int RateLength = 4;
    private const int RateLength13 = 12;

    public uint Port { get; init; }

    public uint Queue { get; init; }

    /// <summary>Guaranteed rate in tenths of a percent of the port's; more than 1000 is no guarantee. Null when not said.</summary>
    public ushort? MinimumRate { get; init; }

    /// <summary>Highest rate in tenths of a percent of the port's; more than 1000 is no limit. Null when not said.</summary>
    public ushort? MaximumRate { get; init; }

    /// <summary>Properties unknown here. In OpenFlow 1.3 their bodies begin with four bytes of padding.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder("port=");
        OxmText.AppendPort(text, Port);
        text.Append(" queue=");
        QueueText.Append(text, Queue);
        text.Append(MinimumRate is { } minimum ? $" min_rate={minimum}" : "");
        text.Append(MaximumRate is { } maximum ? $" max_rate={maximum}" : "");
        OpenFlowProperty.AppendAll(text, Properties);
        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        var start = writer.Length;
        var isBefore14 = version < OpenFlowVersion.OpenFlow14;
        writer.Write(isBefore14 ? Queue : Port);
        writer.Write(isBefore14 ? Port : Queue);
        writer.WriteZeros(8);
        WriteProperties(ref writer, isBefore14);
        writer.PatchLength(start + 8, start);
    }

    internal void WriteProperties(ref OpenFlowWriter writer, bool isBefore14)
    {
        WriteRate(ref writer, isBefore14, MinimumRateType, MinimumRate);
        WriteRate(ref writer, isBefore14, MaximumRateType, MaximumRate);
        OpenFlowProperty.WriteAll(ref writer, Properties);
    }

    internal static QueueDescription Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var start = reader.Offset;
        var first = reader.ReadUInt32();
        var second = reader.ReadUInt32();
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"queue of length {length}, less than its fields");
        }

        var body = reader.Take(length - 10);
        body.Skip(6);
        var isBefore14 = version < OpenFlowVersion.OpenFlow14;
        var queue = isBefore14 ? new QueueDescription { Queue = first, Port = second } : new QueueDescription { Port = first, Queue = second };
        return queue.ReadProperties(ref body, isBefore14);
    }

    private static void WriteRate(ref OpenFlowWriter writer, bool isBefore14, ushort type, ushort? rate)
    {
        if (rate is { } value)
        {
            var start = OpenFlowProperty.Begin(ref writer, type);
            writer.WriteZeros(isBefore14 ? 4 : 0);
            writer.Write(value);
            writer.WriteZeros(isBefore14 ? 6 : 2);
            OpenFlowProperty.End(ref writer, start);
        }
    }

    internal QueueDescription ReadProperties(ref OpenFlowReader body, bool isBefore14)
    {
        var queue = this;
        var others = new List<OpenFlowProperty>();
        while (!body.IsAtEnd)
        {
            var type = OpenFlowProperty.ReadHeader(ref body, out var property);
            var isRate = property.Remaining == (isBefore14 ? RateLength13 : RateLength);
            if (isRate && type == MinimumRateType && queue.MinimumRate is null)
            {
                queue = queue with { MinimumRate = property.PeekUInt16(isBefore14 ? 4 : 0) };
            }
            else if (isRate && type == MaximumRateType && queue.MaximumRate is null)
            {
                queue = queue with { MaximumRate = property.PeekUInt16(isBefore14 ? 4 : 0) };
            }
            else
            {
                others.Add(new OpenFlowProperty(type, property.ReadRest()));
            }
        }

        return others.Count == 0 ? queue : queue with { Properties = others.ToEquatableArray() };
    }
}

/// <summary>Asks for the queues of a port; OpenFlow 1.4, the <see cref="QueueGetConfigRequest"/> of before.</summary>
/// <param name="Port">Port number; <see cref="PortNumber.Any"/> for all.</param>
/// <param name="Queue">Queue number; <see cref="QueueNumber.All"/> for all.</param>
public sealed record QueueDescriptionRequest(uint Port = PortNumber.Any, uint Queue = QueueNumber.All)
    : MultipartRequest, IMultipartRequest<QueueDescriptionReply>
{
    public override MultipartType Kind => MultipartType.QueueDescription;

    private protected override void AppendItems(StringBuilder text) => QueueText.Append(text, Port, Queue);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow14);
        writer.Write(Port);
        writer.Write(Queue);
    }

    internal static QueueDescriptionRequest Read(ref OpenFlowReader reader) => new(reader.ReadUInt32(), reader.ReadUInt32());
}

/// <summary>Queues and their rates; OpenFlow 1.4.</summary>
public sealed record QueueDescriptionReply(EquatableArray<QueueDescription> Queues) : MultipartReply
{
    public override MultipartType Kind => MultipartType.QueueDescription;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Queues);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        VersionRange.Require(Name, version, OpenFlowVersion.OpenFlow14);
        foreach (var queue in Queues.AsSpan())
        {
            queue.Write(ref writer, version);
        }
    }
}

/// <summary>Queues in words.</summary>
internal static class QueueText
{
    public static void Append(StringBuilder text, uint queue) => text.Append(queue == QueueNumber.All ? "ALL" : $"{queue}");

    public static void Append(StringBuilder text, uint port, uint queue)
    {
        OxmText.AppendPort(text.Append("port="), port);
        Append(text.Append(" queue="), queue);
    }
}
