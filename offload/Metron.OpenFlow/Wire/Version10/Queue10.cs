namespace Metron.OpenFlow;

/// <summary>Queues in OpenFlow 1.0 (sections 5.2.2, 5.3.4 and 5.3.5): ports of 16 bits, and no age of counters.</summary>
internal static class Queue10
{
    private const int FixedLength = 8;

    public static void Write(ref OpenFlowWriter writer, uint port, uint queue)
    {
        writer.Write(Port10.ToWire(port));
        writer.WriteZeros(2);
        writer.Write(queue);
    }

    public static QueueStatsRequest ReadStatsRequest(ref OpenFlowReader reader)
    {
        var (port, queue) = ReadNumbers(ref reader);
        return new QueueStatsRequest(port, queue);
    }

    public static void Write(ref OpenFlowWriter writer, QueueStats stats)
    {
        Write(ref writer, stats.Port, stats.Queue);
        writer.Write(stats.TransmittedBytes);
        writer.Write(stats.TransmittedPackets);
        writer.Write(stats.TransmittedErrors);
    }

    public static QueueStats ReadStats(ref OpenFlowReader reader)
    {
        var (port, queue) = ReadNumbers(ref reader);
        return new QueueStats
        {
            Port = port,
            Queue = queue,
            TransmittedBytes = reader.ReadUInt64(),
            TransmittedPackets = reader.ReadUInt64(),
            TransmittedErrors = reader.ReadUInt64(),
        };
    }

    public static void Write(ref OpenFlowWriter writer, QueueGetConfigRequest request)
    {
        writer.Write(Port10.ToWire(request.Port));
        writer.WriteZeros(2);
    }

    public static QueueGetConfigRequest ReadConfigurationRequest(ref OpenFlowReader reader)
    {
        var port = Port10.FromWire(reader.ReadUInt16());
        reader.Skip(2);
        return new QueueGetConfigRequest(port);
    }

    /// <summary>Writes the queues of one port.</summary>
    public static void Write(ref OpenFlowWriter writer, QueueGetConfigReply reply)
    {
        writer.Write(Port10.ToWire(reply.Port));
        writer.WriteZeros(6);
        foreach (var queue in reply.Queues.AsSpan())
        {
            var start = writer.Length;
            writer.Write(queue.Queue);
            writer.WriteZeros(4);
            queue.WriteProperties(ref writer, isBefore14: true);
            writer.PatchLength(start + 4, start);
        }
    }

    public static QueueGetConfigReply ReadConfiguration(ref OpenFlowReader reader)
    {
        var port = Port10.FromWire(reader.ReadUInt16());
        reader.Skip(6);
        var queues = new List<QueueDescription>();
        while (!reader.IsAtEnd)
        {
            queues.Add(ReadQueue(ref reader, port));
        }

        return new QueueGetConfigReply(port, queues.ToEquatableArray());
    }

    private static QueueDescription ReadQueue(ref OpenFlowReader reader, uint port)
    {
        var start = reader.Offset;
        var queue = reader.ReadUInt32();
        var length = reader.ReadUInt16();
        if (length < FixedLength)
        {
            throw new OpenFlowDecodeException(start, $"queue of length {length}, less than its fields");
        }

        var body = reader.Take(length - 6);
        body.Skip(2);
        return new QueueDescription { Port = port, Queue = queue }.ReadProperties(ref body, isBefore14: true);
    }

    private static (uint Port, uint Queue) ReadNumbers(ref OpenFlowReader reader)
    {
        var port = Port10.FromWire(reader.ReadUInt16());
        reader.Skip(2);
        return (port, reader.ReadUInt32());
    }
}
