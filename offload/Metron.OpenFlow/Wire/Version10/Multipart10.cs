namespace Metron.OpenFlow;

/// <summary>Statistics of OpenFlow 1.0 (section 5.3.5): as multipart messages, without the padding behind the flags.</summary>
internal static class Multipart10
{
    private const int TableNameLength = 32;

    private delegate T ReadOne<T>(ref OpenFlowReader reader);

    /// <exception cref="OpenFlowEncodeException">1.0 has no such statistics.</exception>
    public static void Write(ref OpenFlowWriter writer, MultipartMessage message)
    {
        writer.Write((ushort)message.Kind);
        writer.Write((ushort)message.Flags);
        switch (message)
        {
            case DescriptionRequest or TableStatsRequest:
                break;
            case DescriptionReply or AggregateStatsReply or UnknownMultipartRequest or UnknownMultipartReply:
                message.WriteItemsOf10(ref writer);
                break;
            case FlowStatsRequest request:
                Flow10.Write(ref writer, request.Filter);
                break;
            case AggregateStatsRequest request:
                Flow10.Write(ref writer, request.Filter);
                break;
            case PortStatsRequest request:
                writer.Write(Port10.ToWire(request.Port));
                writer.WriteZeros(6);
                break;
            case QueueStatsRequest request:
                Queue10.Write(ref writer, request.Port, request.Queue);
                break;
            default:
                WriteReply(ref writer, message);
                break;
        }
    }

    private static void WriteReply(ref OpenFlowWriter writer, MultipartMessage message)
    {
        switch (message)
        {
            case FlowStatsReply reply:
                foreach (var flow in reply.Flows.AsSpan())
                {
                    Flow10.Write(ref writer, flow);
                }

                break;
            case TableStatsReply reply:
                foreach (var table in reply.Tables.AsSpan())
                {
                    Write(ref writer, table);
                }

                break;
            case PortStatsReply reply:
                foreach (var port in reply.Ports.AsSpan())
                {
                    writer.Write(Port10.ToWire(port.Port));
                    writer.WriteZeros(6);
                    port.WriteCounters(ref writer);
                    (port.Ethernet ?? default).Write(ref writer);
                }

                break;
            case QueueStatsReply reply:
                foreach (var queue in reply.Queues.AsSpan())
                {
                    Queue10.Write(ref writer, queue);
                }

                break;
            default:
                throw new OpenFlowEncodeException($"{message.Name} does not exist in OpenFlow 1.0");
        }
    }

    public static MultipartRequest ReadRequest(ref OpenFlowReader reader)
    {
        var kind = (MultipartType)reader.ReadUInt16();
        var flags = (MultipartFlags)reader.ReadUInt16();
        MultipartRequest request = kind switch
        {
            MultipartType.Description => new DescriptionRequest(),
            MultipartType.Flow => new FlowStatsRequest(Flow10.ReadFilter(ref reader)),
            MultipartType.Aggregate => new AggregateStatsRequest(Flow10.ReadFilter(ref reader)),
            MultipartType.Table => new TableStatsRequest(),
            MultipartType.Port => ReadPortRequest(ref reader),
            MultipartType.Queue => Queue10.ReadStatsRequest(ref reader),
            _ => new UnknownMultipartRequest(kind, reader.ReadRest()),
        };
        return request with { Flags = flags };
    }

    public static MultipartReply ReadReply(ref OpenFlowReader reader)
    {
        var kind = (MultipartType)reader.ReadUInt16();
        var flags = (MultipartFlags)reader.ReadUInt16();
        MultipartReply reply = kind switch
        {
            MultipartType.Description => DescriptionReply.Read(ref reader),
            MultipartType.Flow => new FlowStatsReply(ReadEach(ref reader, Flow10.ReadStats)),
            MultipartType.Aggregate => AggregateStatsReply.Read(ref reader, OpenFlowVersion.OpenFlow10),
            MultipartType.Table => new TableStatsReply(ReadEach(ref reader, ReadTable)),
            MultipartType.Port => new PortStatsReply(ReadEach(ref reader, ReadPort)),
            MultipartType.Queue => new QueueStatsReply(ReadEach(ref reader, Queue10.ReadStats)),
            _ => new UnknownMultipartReply(kind, reader.ReadRest()),
        };
        return reply with { Flags = flags };
    }

    private static PortStatsRequest ReadPortRequest(ref OpenFlowReader reader)
    {
        var port = Port10.FromWire(reader.ReadUInt16());
        reader.Skip(6);
        return new PortStatsRequest(port);
    }

    private static PortStats ReadPort(ref OpenFlowReader reader)
    {
        var port = Port10.FromWire(reader.ReadUInt16());
        reader.Skip(6);
        return PortStats.ReadCounters(ref reader) with { Port = port, Ethernet = EthernetPortStats.Read(ref reader) };
    }

    private static void Write(ref OpenFlowWriter writer, TableStats table)
    {
        writer.Write(table.Table);
        writer.WriteZeros(3);
        writer.WriteText(table.Name ?? "", TableNameLength);
        writer.Write(table.Wildcards);
        writer.Write(table.MaximumEntries);
        writer.Write(table.ActiveCount);
        writer.Write(table.LookupCount);
        writer.Write(table.MatchedCount);
    }

    private static TableStats ReadTable(ref OpenFlowReader reader)
    {
        var table = reader.ReadByte();
        reader.Skip(3);
        var name = reader.ReadText(TableNameLength);
        var wildcards = reader.ReadUInt32();
        var entries = reader.ReadUInt32();
        return new TableStats(table, reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadUInt64())
        {
            Name = name.Length == 0 ? null : name,
            Wildcards = wildcards,
            MaximumEntries = entries,
        };
    }

    // Every ReadOne consumes the fields of its element, so the loop ends.
    private static EquatableArray<T> ReadEach<T>(ref OpenFlowReader reader, ReadOne<T> readOne)
    {
        var items = new List<T>();
        while (!reader.IsAtEnd)
        {
            items.Add(readOne(ref reader));
        }

        return items.ToEquatableArray();
    }
}
