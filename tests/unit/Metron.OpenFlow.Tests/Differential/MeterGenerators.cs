namespace Metron.OpenFlow.Tests.Differential;

/// <summary>Meters: setting, describing, counting them.</summary>
internal static class MeterGenerators
{
    private const OpenFlowVersion V13 = OpenFlowVersion.OpenFlow13;
    private const ulong Counter = 1UL << 62;

    public static IReadOnlyList<Generator> All { get; } =
    [
        new("meter-mod", (draw, _) => Mod(draw), V13),
        new("meter-requests", (draw, _) => Requests(draw), V13),
        new("meter-features-request", (_, _) => new(new MeterFeaturesRequest()), V13),
        new("meter-features", (draw, _) => Features(draw), V13),
        new("meter-description", (draw, _) => Descriptions(draw), V13),
        new("meter-stats", (draw, _) => Statistics(draw), V13),
    ];

    private static MeterFlags Flags(Draw draw) =>
        draw.Pick(MeterFlags.KilobitsPerSecond, MeterFlags.PacketsPerSecond) | MeterFlags.Burst | draw.Flags(MeterFlags.Statistics);

    private static MeterBand Band(Draw draw) => draw.Coin()
        ? new DropBand(draw.UInt32(1, uint.MaxValue), draw.UInt32(1, uint.MaxValue))
        : new DscpRemarkBand(draw.UInt32(1, uint.MaxValue), draw.UInt32(1, uint.MaxValue), draw.Byte(1, 3));

    private static IEnumerable<string> BandFacts(MeterBand band) => [$"rate={band.Rate}", $"burst_size={band.BurstSize}"];

    private static Generated Mod(Draw draw)
    {
        var bands = draw.List(3, Band);
        var mod = new MeterMod(draw.Pick(MeterModCommand.Add, MeterModCommand.Modify), draw.UInt32(1, 0xffff), Flags(draw), bands);
        return new(mod, Facts: [mod.Command == MeterModCommand.Add ? "ADD" : "MOD", $"meter={mod.Meter}", .. bands.SelectMany(BandFacts)]);
    }

    private static Generated Requests(Draw draw)
    {
        var meter = draw.UInt32(1, 0xffff);
        return new(draw.Coin() ? new MeterStatsRequest(meter) : new MeterDescriptionRequest(meter), Facts: [$"meter={meter}"]);
    }

    private static Generated Features(Draw draw)
    {
        var features = new MeterFeaturesReply
        {
            MaximumMeters = draw.UInt32(0, uint.MaxValue),
            BandTypes = 6,
            Capabilities = Flags(draw),
            MaximumBands = draw.Byte(),
            MaximumColor = draw.Byte(),
        };
        return new(features, Facts: [$"max_meter:{features.MaximumMeters} max_bands:{features.MaximumBands} max_color:{features.MaximumColor}"]);
    }

    private static Generated Descriptions(Draw draw)
    {
        var meters = draw.List(3, d => new MeterDescription(d.UInt32(1, 0xffff), Flags(d), d.List(3, Band)));
        return new(new MeterDescriptionReply(meters), Facts: [.. meters.SelectMany(meter => meter.Bands.SelectMany(BandFacts).Prepend($"meter={meter.Meter}"))]);
    }

    private static Generated Statistics(Draw draw)
    {
        var meters = draw.List(3, d => new MeterStats
        {
            Meter = d.UInt32(1, 0xffff),
            ReferenceCount = d.UInt32(0, uint.MaxValue),
            PacketCount = d.Number(0, Counter),
            ByteCount = d.Number(0, Counter),
            Age = new FlowAge(d.UInt32(0, 0x7fffffff), 0),
            Bands = d.List(3, e => new BandCounter(e.Number(0, Counter), e.Number(0, Counter))),
        });
        return new(new MeterStatsReply(meters), Facts:
        [
            .. meters.Select(meter => $"meter:{meter.Meter} flow_count:{meter.ReferenceCount} packet_in_count:{meter.PacketCount} byte_in_count:{meter.ByteCount}"),
            .. meters.SelectMany(meter => meter.Bands).Select(band => $"packet_count:{band.PacketCount} byte_count:{band.ByteCount}"),
        ]);
    }
}
