namespace Metron.OpenFlow.Tests.Samples;

/// <summary>Multipart requests and replies.</summary>
internal static class MultipartSamples
{
    public static IEnumerable<Sample> Requests(OpenFlowVersion version)
    {
        var filter = new FlowFilter
        {
            Table = 1,
            OutPort = 2,
            OutGroup = 3,
            Cookie = 0x44,
            CookieMask = 0xff,
            Match = Match.Of(OxmField.InPort(5)),
        };
        yield return new("description-request", new DescriptionRequest());
        yield return new("flow-stats-request", new FlowStatsRequest(filter));
        yield return new("flow-stats-request-all", new FlowStatsRequest(FlowFilter.All));
        yield return new("aggregate-request", new AggregateStatsRequest(filter with { Table = 6, Cookie = 0x77 }));
        yield return new("table-stats-request", new TableStatsRequest());
        yield return new("port-stats-request", new PortStatsRequest(8));
        yield return new("port-stats-request-all", new PortStatsRequest());
        yield return new("group-stats-request", new GroupStatsRequest(9));
        yield return new("group-stats-request-all", new GroupStatsRequest());
        yield return new("group-description-request", new GroupDescriptionRequest());
        yield return new("group-features-request", new GroupFeaturesRequest());
        yield return new("table-features-request", new TableFeaturesRequest());
        yield return new("table-features-change", new TableFeaturesRequest([Table(1)]) { Flags = MultipartFlags.More }, OvsReads: false);
        yield return new("port-description-request", new PortDescriptionRequest());
        yield return new("unknown-multipart-request", new UnknownMultipartRequest(MultipartType.Experimenter, [0, 0, 0x23, 0x22, 0, 0, 0, 1]), OvsReads: false);
        if (version >= OpenFlowVersion.OpenFlow14)
        {
            yield return new("table-description-request", new TableDescriptionRequest());
        }
    }

    public static IEnumerable<Sample> Replies(OpenFlowVersion version)
    {
        var is14 = version >= OpenFlowVersion.OpenFlow14;
        yield return new("description-reply", new DescriptionReply
        {
            Manufacturer = "Maker",
            Hardware = "Model",
            Software = "1.2.3",
            SerialNumber = "S/N 4",
            Datapath = "rack 5",
        });
        yield return new("flow-stats-reply", new FlowStatsReply([Flow(is14, 1), Flow(is14, 2)]) { Flags = MultipartFlags.More });
        yield return new("flow-stats-reply-empty", new FlowStatsReply([]));
        yield return new("flow-stats-reply-unknown-field", new FlowStatsReply(
            [Flow(is14, 3) with { Match = new Match([new OxmField(new OxmType(OxmClass.OpenFlowBasic, 99), [1, 2], false)]) }]), OvsReads: false);
        yield return new("aggregate-reply", new AggregateStatsReply(0x1010101010, 0x2020202020, 33));
        yield return new("table-stats-reply", new TableStatsReply([new TableStats(1, 2, 3, 4), new TableStats(5, 6, 7, 8)]));
        yield return new("port-stats-reply", new PortStatsReply([PortCounters(is14, 10), PortCounters(is14, 40)]));
        yield return new("group-stats-reply", new GroupStatsReply([new GroupStats
        {
            Group = 1,
            ReferenceCount = 2,
            PacketCount = 3,
            ByteCount = 4,
            Age = new FlowAge(5, 60_000),
            Buckets = [new BucketCounter(7, 8), new BucketCounter(9, 10)],
        }]));
        yield return new("group-description-reply", new GroupDescriptionReply(
        [
            new GroupDescription(GroupKind.Select, 1, [new Bucket { Weight = 2, Actions = [new OutputAction(3)] }]),
            new GroupDescription(GroupKind.All, 4, []),
        ]));
        yield return new("group-features-reply", new GroupFeaturesReply
        {
            Kinds = 0xf,
            Capabilities = GroupCapabilities.SelectWeight | GroupCapabilities.Chaining,
            MaximumGroups = [0x1001, 0x1002, 0x1003, 0x1004],
            Actions = [0x1, 0x800, 0x400001, 0x8001],
        });
        yield return new("table-features-reply", new TableFeaturesReply([Table(0), Table(254)]), OvsReads: false);
        yield return new("table-features-reply-plain", new TableFeaturesReply([PlainTable()]));
        yield return new("port-description-reply", new PortDescriptionReply(
            [SessionSamples.Port(version, 1), SessionSamples.Port(version, 9), SessionSamples.Port(version, PortNumber.Local)]));
        yield return new("unknown-multipart-reply", new UnknownMultipartReply((MultipartType)99, [1, 2, 3, 4]), OvsReads: false);
        if (is14)
        {
            yield return new("table-description-reply", new TableDescriptionReply(
            [
                new TableSettings { Table = 1, Configuration = TableConfiguration.Eviction, EvictionFlags = 2 },
                new TableSettings { Table = 3, Configuration = TableConfiguration.VacancyEvents, Vacancy = new TableVacancy(10, 90, 50) },
            ]));
        }
    }

    private static FlowStats Flow(bool is14, byte number) => new()
    {
        Table = number,
        Age = new FlowAge(100U + number, 250_000_000),
        Priority = (ushort)(200 + number),
        IdleTimeoutSeconds = (ushort)(300 + number),
        HardTimeoutSeconds = (ushort)(400 + number),
        Flags = FlowModFlags.SendFlowRemoved | FlowModFlags.NoByteCounts,
        Importance = is14 ? (ushort)(500 + number) : (ushort)0,
        Cookie = 0x600UL + number,
        PacketCount = 700UL + number,
        ByteCount = 800UL + number,
        Match = Match.Of(OxmField.InPort(900U + number), OxmField.EthernetType(0x86dd)),
        Instructions = [new ApplyActionsInstruction([new OutputAction(1000U + number)])],
    };

    private static PortStats PortCounters(bool is14, ulong start) => new()
    {
        Port = (uint)start,
        ReceivedPackets = start + 1,
        TransmittedPackets = start + 2,
        ReceivedBytes = start + 3,
        TransmittedBytes = start + 4,
        ReceivedDropped = start + 5,
        TransmittedDropped = start + 6,
        ReceivedErrors = start + 7,
        TransmittedErrors = start + 8,
        Ethernet = is14 && start == 40 ? null : new EthernetPortStats(start + 9, start + 10, start + 11, start + 12),
        Age = new FlowAge((uint)start + 13, 140_000_000),
    };

    private static TableFeatures PlainTable() => new()
    {
        Table = 3,
        Name = "classify",
        MetadataMatch = 0xff00ff00ff00ff00,
        MetadataWrite = 0x00ff00ff00ff00ff,
        MaximumEntries = 1_000_000,
        Properties =
        [
            new TableFeatureIdsProperty(TablePropertyType.Instructions, [new(1), new(4)]),
            new TableNumbersProperty(TablePropertyType.NextTables, [4, 5, 6]),
            new TableFeatureIdsProperty(TablePropertyType.WriteActions, [new(0)]),
            new TableFeatureIdsProperty(TablePropertyType.ApplyActions, [new(0), new(22)]),
            new TableFieldsProperty(TablePropertyType.Match, [new(Oxm.EthernetType, false, 2), new(Oxm.Ipv4Source, true, 8)]),
            new TableFieldsProperty(TablePropertyType.Wildcards, [new(Oxm.InPort, false, 4)]),
            new TableFieldsProperty(TablePropertyType.WriteSetField, [new(Oxm.EthernetDestination, false, 6)]),
            new TableFieldsProperty(TablePropertyType.ApplySetField, [new(Oxm.VlanId, false, 2)]),
        ],
    };

    private static TableFeatures Table(byte number) => new()
    {
        Table = number,
        Name = $"table{number}",
        MetadataMatch = 0x1000UL + number,
        MetadataWrite = 0x2000UL + number,
        Configuration = TableConfiguration.DeprecatedMask,
        MaximumEntries = 0x3000U + number,
        Properties =
        [
            new TableFeatureIdsProperty(TablePropertyType.Instructions, [new(1), new(0xffff, [0, 0, 0x23, 0x20])]),
            new TableFeatureIdsProperty(TablePropertyType.InstructionsMiss, []),
            new TableNumbersProperty(TablePropertyType.NextTables, [1, 2, 3]),
            new TableNumbersProperty(TablePropertyType.NextTablesMiss, [4]),
            new TableFeatureIdsProperty(TablePropertyType.WriteActions, [new(0), new(11)]),
            new TableFeatureIdsProperty(TablePropertyType.WriteActionsMiss, [new(12)]),
            new TableFeatureIdsProperty(TablePropertyType.ApplyActions, [new(0), new(0xffff, [0, 0, 0x23, 0x21])]),
            new TableFeatureIdsProperty(TablePropertyType.ApplyActionsMiss, [new(22)]),
            new TableFieldsProperty(TablePropertyType.Match, [new(Oxm.Ipv4Source, true, 8), new(Oxm.TcpFlags, true, 4)]),
            new TableFieldsProperty(TablePropertyType.Wildcards, [new(Oxm.InPort, false, 4)]),
            new TableFieldsProperty(TablePropertyType.WriteSetField, [new(Oxm.EthernetDestination, false, 6)]),
            new TableFieldsProperty(TablePropertyType.WriteSetFieldMiss, [new(Oxm.EthernetSource, false, 6)]),
            new TableFieldsProperty(TablePropertyType.ApplySetField, [new(Oxm.VlanId, false, 2)]),
            new TableFieldsProperty(TablePropertyType.ApplySetFieldMiss, [new(new OxmType(0x5555, 6), false, 9)]),
            new TableNumbersProperty(TablePropertyType.SyncFrom, [7, 8]),
            new UnknownTableProperty(TablePropertyType.Experimenter, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
            new UnknownTableProperty((TablePropertyType)0x77, [1]),
        ],
    };
}
