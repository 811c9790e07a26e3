namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>Meters on a real Open vSwitch.</summary>
public sealed class OvsMeterTests(OvsDaemons ovs) : IClassFixture<OvsDaemons>
{
    public static TheoryData<OpenFlowVersion> Versions => [OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15];

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public async Task Meters_are_added_read_changed_used_and_deleted(OpenFlowVersion version)
    {
        await using var session = await OvsSession.OpenAsync(ovs, version);
        var connection = session.Connection;
        var features = await connection.ReadMeterFeaturesAsync();
        Assert.True(features.MaximumMeters > 1 && features.CanUse(MeterBandType.Drop), features.ToString());

        var first = new MeterMod(MeterModCommand.Add, 1, MeterFlags.PacketsPerSecond | MeterFlags.Burst | MeterFlags.Statistics, [new DropBand(100, 20)]);
        var second = new MeterMod(MeterModCommand.Add, 2, MeterFlags.KilobitsPerSecond | MeterFlags.Statistics, [new DropBand(3000)]);
        var rule = new FlowMod { Instructions = [new MeterInstruction(1), new ApplyActionsInstruction([new OutputAction(PortNumber.InPort)])] };
        Assert.True((await connection.SendAllAsync([first, second, rule])).Succeeded);

        // Open vSwitch chooses a burst size where none was given.
        var read = (await connection.ReadMetersAsync()).OrderBy(meter => meter.Meter).ToList();
        Assert.Equal([first, second with { Bands = [read[1].Bands[0] with { Rate = 3000 }] }], read.Select(meter => meter.ToMeterMod()));
        Assert.Equal([(1U, 1U), (2U, 0U)], (await connection.ReadMeterStatsAsync()).OrderBy(meter => meter.Meter).Select(meter => (meter.Meter, meter.ReferenceCount)));
        Assert.Equal(rule.Instructions, Assert.Single(await connection.ReadFlowsAsync()).Instructions);

        var changed = first with { Command = MeterModCommand.Modify, Bands = [new DropBand(200, 30)] };
        var refused = await connection.SendAllAsync([changed, first, changed with { Meter = 3 }]);
        Assert.Equal([OpenFlowErrorCode.MeterExists, OpenFlowErrorCode.MeterUnknown], refused.Failures.Select(failure => failure.Error.Code));
        Assert.Equal(changed.Bands, Assert.Single(await connection.ReadMetersAsync(1)).Bands);

        // A meter takes the rules that use it along.
        Assert.True((await connection.SendAllAsync([new MeterMod(MeterModCommand.Delete, MeterNumber.All)])).Succeeded);
        Assert.Empty(await connection.ReadMetersAsync());
        Assert.Empty(await connection.ReadFlowsAsync());
    }
}
