namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Messages about tables, and about which messages a controller wants.</summary>
internal static class TableGenerators
{
    private const OpenFlowVersion V13 = OpenFlowVersion.OpenFlow13;
    private const OpenFlowVersion V14 = OpenFlowVersion.OpenFlow14;
    private const int KindsIn13 = 6;
    private const int KindsIn14 = 12;

    public static IReadOnlyList<Generator> All { get; } =
    [
        new("table-mod", (draw, version) => TableMod(draw, version), V13),
        new("table-description-request", (_, _) => new(new TableDescriptionRequest()), V14),
        new("table-description", (draw, _) => Descriptions(draw), V14),
        new("table-features", (draw, _) => Features(draw), V13),
        new("async-request", (_, _) => new(new GetAsyncRequest()), V13),
        new("async", Async, V13),
    ];

    private static Generated TableMod(Draw draw, OpenFlowVersion version)
    {
        var table = draw.Byte(0, 253);
        var settings = new TableSettings { Table = table };
        return new(
            new TableMod(version == V13 ? settings : settings with { Configuration = draw.Flags(TableConfiguration.Eviction, TableConfiguration.VacancyEvents) }),
            Facts: [$"table_id={table}"]);
    }

    private static Generated Descriptions(Draw draw)
    {
        // Open vSwitch wants at least one.
        var tables = draw.Some(3, d => new TableSettings
        {
            Table = d.Byte(0, 253),
            Configuration = TableConfiguration.Eviction | TableConfiguration.VacancyEvents,
            EvictionFlags = d.UInt32(0, 7),
            Vacancy = new TableVacancy(d.Byte(0, 49), d.Byte(50, 100), d.Byte(0, 100)),
        });
        return new(new TableDescriptionReply(tables), Facts: [.. tables.Select(table => $"table {table.Table}:")]);
    }

    private static Generated Features(Draw draw)
    {
        var table = new TableFeatures
        {
            Table = draw.Byte(0, 253),
            Name = draw.Text(31),
            MetadataMatch = draw.Number(1, 1UL << 60),
            MetadataWrite = draw.Number(1, 1UL << 60),
            MaximumEntries = draw.UInt32(0, uint.MaxValue),
            Properties =
            [
                new TableFeatureIdsProperty(TablePropertyType.Instructions, [new(1), new(4)]),
                new TableNumbersProperty(TablePropertyType.NextTables, [254]),
                new TableFeatureIdsProperty(TablePropertyType.WriteActions, [new(0)]),
                new TableFeatureIdsProperty(TablePropertyType.ApplyActions, [new(0)]),
                new TableFieldsProperty(TablePropertyType.Match, [new(Oxm.InPort, false, 4)]),
                new TableFieldsProperty(TablePropertyType.Wildcards, [new(Oxm.InPort, false, 4)]),
                new TableFieldsProperty(TablePropertyType.WriteSetField, [new(Oxm.EthernetDestination, false, 6)]),
                new TableFieldsProperty(TablePropertyType.ApplySetField, [new(Oxm.EthernetDestination, false, 6)]),
            ],
        };
        return new(new TableFeaturesReply([table]), Facts:
        [
            $"table {table.Table} (\"{table.Name}\")", $"match=0x{table.MetadataMatch:x}", $"write=0x{table.MetadataWrite:x}",
            table.MaximumEntries == 0 ? "" : $"max_entries={table.MaximumEntries}",
        ]);
    }

    private static Generated Async(Draw draw, OpenFlowVersion version)
    {
        // The reasons that every kind has.
        var masks = Enum.GetValues<AsyncKind>().Take(version == V13 ? KindsIn13 : KindsIn14).Select(kind => new AsyncMask(kind, draw.UInt32(0, 1))).ToEquatableArray();
        var configuration = new AsyncConfiguration(masks);
        return new(draw.Coin() ? new GetAsyncReply(configuration) : new SetAsync(configuration), OvsReads: version == V13 || masks.All(mask => mask.Reasons == 0));
    }
}
