namespace Metron.OpenFlow.Tests.Samples;

/// <summary>Meters: setting, describing, counting them.</summary>
internal static class MeterSamples
{
    public static IEnumerable<Sample> All()
    {
        yield return new("meter-add", new MeterMod(
            MeterModCommand.Add,
            1,
            MeterFlags.KilobitsPerSecond | MeterFlags.Burst | MeterFlags.Statistics,
            [new DropBand(2000, 300), new DscpRemarkBand(1000, 400, 2)]));
        yield return new("meter-modify", new MeterMod(MeterModCommand.Modify, 5, MeterFlags.PacketsPerSecond, [new DropBand(6)]));
        yield return new("meter-delete-all", new MeterMod(MeterModCommand.Delete, MeterNumber.All), OvsReads: false);
        yield return new("meter-controller", new MeterMod(MeterModCommand.Add, MeterNumber.Controller, MeterFlags.PacketsPerSecond, [new DropBand(7)]));
        yield return new("meter-unknown", new MeterMod(
            (MeterModCommand)8,
            9,
            (MeterFlags)0x8001,
            [new UnknownBand(0xffff, 10, 11, [0, 0, 0x23, 0x20, 1, 2, 3, 4]), new UnknownBand(77, 12, 13, [])]), OvsReads: false);
        yield return new("meter-stats-request", new MeterStatsRequest(3));
        yield return new("meter-stats-request-all", new MeterStatsRequest());
        yield return new("meter-stats-reply", new MeterStatsReply(
        [
            new MeterStats
            {
                Meter = 1,
                ReferenceCount = 2,
                PacketCount = 3,
                ByteCount = 4,
                Age = new FlowAge(5, 600_000_000),
                Bands = [new BandCounter(7, 8), new BandCounter(9, 10)],
            },
            new MeterStats { Meter = 11, PacketCount = 12, Bands = [] },
        ]));
        yield return new("meter-description-request", new MeterDescriptionRequest(4));
        yield return new("meter-description-reply", new MeterDescriptionReply(
        [
            new MeterDescription(1, MeterFlags.PacketsPerSecond | MeterFlags.Burst, [new DropBand(2, 3), new DscpRemarkBand(4, 5, 1)]),
            new MeterDescription(6, MeterFlags.KilobitsPerSecond, [new DropBand(7)]),
        ]));
        yield return new("meter-features-request", new MeterFeaturesRequest());
        yield return new("meter-features-reply", new MeterFeaturesReply
        {
            MaximumMeters = 1000,
            BandTypes = 6,
            Capabilities = MeterFlags.KilobitsPerSecond | MeterFlags.PacketsPerSecond | MeterFlags.Burst | MeterFlags.Statistics,
            MaximumBands = 2,
            MaximumColor = 3,
        });
    }
}
