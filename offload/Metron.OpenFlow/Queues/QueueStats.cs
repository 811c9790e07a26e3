using System.Text;

namespace Metron.OpenFlow;

/// <summary>Asks for the counters of queues.</summary>
/// <param name="Port">Port number; <see cref="PortNumber.Any"/> for all.</param>
/// <param name="Queue">Queue number; <see cref="QueueNumber.All"/> for all.</param>
public sealed record QueueStatsRequest(uint Port = PortNumber.Any, uint Queue = QueueNumber.All) : MultipartRequest, IMultipartRequest<QueueStatsReply>
{
    public override MultipartType Kind => MultipartType.Queue;

    private protected override void AppendItems(StringBuilder text) => QueueText.Append(text, Port, Queue);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write(Port);
        writer.Write(Queue);
    }

    internal static QueueStatsRequest Read(ref OpenFlowReader reader) => new(reader.ReadUInt32(), reader.ReadUInt32());
}

/// <summary>The counters of queues.</summary>
public sealed record QueueStatsReply(EquatableArray<QueueStats> Queues) : MultipartReply
{
    public override MultipartType Kind => MultipartType.Queue;

    private protected override void AppendItems(StringBuilder text) => AppendEach(text, Queues);

    private protected override void WriteItems(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        foreach (var queue in Queues.AsSpan())
        {
            queue.Write(ref writer, version);
        }
    }
}

/// <summary>Counters of a queue (OpenFlow 1.3.5 section 7.3.5.7, 1.4.1 section 7.3.5.8); a counter that the switch lacks is all ones.</summary>
public sealed record QueueStats
{
    private const int FixedLength14 = 48;

    public uint Port { get; init; }

    public uint Queue { get; init; }

    public ulong TransmittedBytes { get; init; }

    public ulong TransmittedPackets { get; init; }

    /// <summary>Packets dropped because the queue was full.</summary>
    public ulong TransmittedErrors { get; init; }

    /// <summary>How long the queue has been there.</summary>
    public FlowAge Age { get; init; }

    /// <summary>Properties unknown here; OpenFlow 1.4, not sent in 1.3.</summary>
    public EquatableArray<OpenFlowProperty> Properties { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder("port ");
        OxmText.AppendPort(text, Port);
        text.Append(" queue ");
        QueueText.Append(text, Queue);
        text.Append($": bytes={TransmittedBytes}, pkts={TransmittedPackets}, errors={TransmittedErrors}, duration={Age}");
        OpenFlowProperty.AppendAll(text, Properties);
        return text.ToString();
    }

    internal void Write(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        var start = writer.Length;
        var has14 = version >= OpenFlowVersion.OpenFlow14;
        writer.WriteZeros(has14 ? 8 : 0);
        writer.Write(Port);
        writer.Write(Queue);
        writer.Write(TransmittedBytes);
        writer.Write(TransmittedPackets);
        writer.Write(TransmittedErrors);
        Age.Write(ref writer);
        if (has14)
        {
            OpenFlowProperty.WriteAll(ref writer, Properties);
            writer.PatchLength(start, start);
        }
    }

    internal static QueueStats Read(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        if (version < OpenFlowVersion.OpenFlow14)
        {
            return ReadFields(ref reader);
        }

        var start = reader.Offset;
        var length = reader.ReadUInt16();
        if (length < FixedLength14)
        {
            throw new OpenFlowDecodeException(start, $"queue statistics of length {length}, less than their fields");
        }

        var body = reader.Take(length - 2);
        body.Skip(6);
        return ReadFields(ref body) with { Properties = OpenFlowProperty.ReadAll(ref body) };
    }

    private static QueueStats ReadFields(ref OpenFlowReader reader) => new()
    {
        Port = reader.ReadUInt32(),
        Queue = reader.ReadUInt32(),
        TransmittedBytes = reader.ReadUInt64(),
        TransmittedPackets = reader.ReadUInt64(),
        TransmittedErrors = reader.ReadUInt64(),
        Age = FlowAge.Read(ref reader),
    };
}
