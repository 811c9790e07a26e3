namespace Metron.OpenFlow;

/// <summary>Reads the bodies of multipart messages by their type.</summary>
internal static class MultipartReader
{
    private delegate T ReadOne<T>(ref OpenFlowReader reader);

    public static OpenFlowMessage ReadRequest(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var (kind, flags) = ReadHeader(ref reader);
        MultipartRequest request = kind switch
        {
            MultipartType.Description => new DescriptionRequest(),
            MultipartType.Flow => new FlowStatsRequest(FlowFilter.Read(ref reader)),
            MultipartType.Aggregate => new AggregateStatsRequest(FlowFilter.Read(ref reader)),
            MultipartType.Table => new TableStatsRequest(),
            MultipartType.Port => PortStatsRequest.Read(ref reader),
            MultipartType.Group => GroupStatsRequest.Read(ref reader),
            MultipartType.GroupDescription => GroupDescriptionRequest.Read(ref reader, version),
            MultipartType.GroupFeatures => new GroupFeaturesRequest(),
            MultipartType.Queue => QueueStatsRequest.Read(ref reader),
            MultipartType.Meter => MeterStatsRequest.Read(ref reader),
            MultipartType.MeterDescription => MeterDescriptionRequest.Read(ref reader),
            MultipartType.MeterFeatures => new MeterFeaturesRequest(),
            MultipartType.TableFeatures => new TableFeaturesRequest(ReadEach(ref reader, TableFeatures.Read)),
            MultipartType.PortDescription => PortDescriptionRequest.Read(ref reader, version),
            MultipartType.TableDescription when version >= OpenFlowVersion.OpenFlow14 => new TableDescriptionRequest(),
            MultipartType.QueueDescription when version >= OpenFlowVersion.OpenFlow14 => QueueDescriptionRequest.Read(ref reader),
            MultipartType.FlowMonitor when version >= OpenFlowVersion.OpenFlow14 => FlowMonitorRequest.Read(ref reader),
            >= MultipartType.FlowCounters and <= MultipartType.BundleFeatures when version >= OpenFlowVersion.OpenFlow15 => ReadRequest15(kind, ref reader),
            _ => new UnknownMultipartRequest(kind, reader.ReadRest()),
        };
        return request with { Flags = flags };
    }

    public static OpenFlowMessage ReadReply(ref OpenFlowReader reader, OpenFlowVersion version)
    {
        var (kind, flags) = ReadHeader(ref reader);
        MultipartReply reply = kind switch
        {
            MultipartType.Description => DescriptionReply.Read(ref reader),
            MultipartType.Flow => new FlowStatsReply(ReadEach(ref reader, (ref OpenFlowReader part) => FlowStats.Read(ref part, version))),
            MultipartType.Aggregate => AggregateStatsReply.Read(ref reader, version),
            MultipartType.Table => new TableStatsReply(ReadEach(ref reader, TableStatsReply.ReadOne)),
            MultipartType.Port => new PortStatsReply(ReadEach(ref reader, (ref OpenFlowReader part) => PortStats.Read(ref part, version))),
            MultipartType.Group => new GroupStatsReply(ReadEach(ref reader, GroupStats.Read)),
            MultipartType.GroupDescription => new GroupDescriptionReply(ReadEach(ref reader, (ref OpenFlowReader part) => GroupDescription.Read(ref part, version))),
            MultipartType.GroupFeatures => GroupFeaturesReply.Read(ref reader),
            MultipartType.Queue => new QueueStatsReply(ReadEach(ref reader, (ref OpenFlowReader part) => QueueStats.Read(ref part, version))),
            MultipartType.Meter => new MeterStatsReply(ReadEach(ref reader, MeterStats.Read)),
            MultipartType.MeterDescription => new MeterDescriptionReply(ReadEach(ref reader, MeterDescription.Read)),
            MultipartType.MeterFeatures => MeterFeaturesReply.Read(ref reader, version),
            MultipartType.TableFeatures => new TableFeaturesReply(ReadEach(ref reader, TableFeatures.Read)),
            MultipartType.PortDescription =>
                new PortDescriptionReply(ReadEach(ref reader, (ref OpenFlowReader part) => PortDescription.Read(ref part, version))),
            MultipartType.TableDescription when version >= OpenFlowVersion.OpenFlow14 =>
                new TableDescriptionReply(ReadEach(ref reader, TableDescriptionReply.ReadOne)),
            MultipartType.QueueDescription when version >= OpenFlowVersion.OpenFlow14 =>
                new QueueDescriptionReply(ReadEach(ref reader, (ref OpenFlowReader part) => QueueDescription.Read(ref part, version))),
            MultipartType.FlowMonitor when version >= OpenFlowVersion.OpenFlow14 => new FlowMonitorReply(ReadEach(ref reader, FlowUpdate.Read)),
            >= MultipartType.FlowCounters and <= MultipartType.BundleFeatures when version >= OpenFlowVersion.OpenFlow15 => ReadReply15(kind, ref reader),
            _ => new UnknownMultipartReply(kind, reader.ReadRest()),
        };
        return reply with { Flags = flags };
    }

    private static MultipartRequest ReadRequest15(MultipartType kind, ref OpenFlowReader reader) => kind switch
    {
        MultipartType.FlowCounters => new FlowCountersRequest(FlowFilter.Read(ref reader)),
        MultipartType.ControllerStatus => new ControllerStatusRequest(),
        _ => BundleFeaturesRequest.Read(ref reader),
    };

    private static MultipartReply ReadReply15(MultipartType kind, ref OpenFlowReader reader) => kind switch
    {
        MultipartType.FlowCounters => new FlowCountersReply(ReadEach(ref reader, FlowCounters.Read)),
        MultipartType.ControllerStatus => new ControllerStatusReply(ReadEach(ref reader, ControllerStatus.Read)),
        _ => BundleFeaturesReply.Read(ref reader),
    };

    private static (MultipartType Kind, MultipartFlags Flags) ReadHeader(ref OpenFlowReader reader)
    {
        var kind = (MultipartType)reader.ReadUInt16();
        var flags = (MultipartFlags)reader.ReadUInt16();
        reader.Skip(4);
        return (kind, flags);
    }

    // Every ReadOne consumes at least the length field of its element, so the loop ends.
    private static EquatableArray<T> ReadEach<T>(ref OpenFlowReader reader, ReadOne<T> readOne)
    {
        if (reader.IsAtEnd)
        {
            return default;
        }

        var items = new List<T>();
        while (!reader.IsAtEnd)
        {
            items.Add(readOne(ref reader));
        }

        return items.ToEquatableArray();
    }
}
