namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>What only OpenFlow 1.5 has, on a real Open vSwitch.</summary>
public sealed class OvsOneDotFiveTests(OvsDaemons ovs) : IClassFixture<OvsDaemons>
{
    [OvsFact]
    public async Task Buckets_are_inserted_and_removed_by_number()
    {
        await using var session = await OvsSession.OpenAsync(ovs, OpenFlowVersion.OpenFlow15);
        var connection = session.Connection;
        var group = new GroupMod(GroupModCommand.Add, GroupKind.Select, 1, [Bucket(10), Bucket(20)]);
        Assert.True((await connection.SendAllAsync(
        [
            group,
            new GroupMod(GroupModCommand.InsertBucket, GroupKind.Select, 1, [Bucket(15)]) { CommandBucket = 10 },
            new GroupMod(GroupModCommand.InsertBucket, GroupKind.Select, 1, [Bucket(5)]) { CommandBucket = BucketNumber.First },
        ])).Succeeded);
        Assert.Equal([5U, 10, 15, 20], await BucketsAsync(connection));

        Assert.True((await connection.SendAllAsync(
        [
            new GroupMod(GroupModCommand.RemoveBucket, GroupKind.Select, 1) { CommandBucket = 15 },
            new GroupMod(GroupModCommand.RemoveBucket, GroupKind.Select, 1) { CommandBucket = BucketNumber.Last },
        ])).Succeeded);
        Assert.Equal([5U, 10], await BucketsAsync(connection));
        var refused = await connection.SendAllAsync([new GroupMod(GroupModCommand.RemoveBucket, GroupKind.Select, 1) { CommandBucket = 99 }]);
        Assert.Equal("OFPGMFC_UNKNOWN_BUCKET", Assert.Single(refused.Failures).Error.Code.Name);
    }

    [OvsFact]
    public async Task Rules_with_what_is_new_read_back_as_they_were_written()
    {
        await using var session = await OvsSession.OpenAsync(ovs, OpenFlowVersion.OpenFlow15);
        var connection = session.Connection;
        EquatableArray<Instruction>[] instructions =
        [
            [new ApplyActionsInstruction([CopyFieldAction.Whole(Oxm.EthernetSource, Oxm.EthernetDestination), new OutputAction(1)])],
            [new ApplyActionsInstruction([new SetFieldAction(OxmField.Masked(Oxm.EthernetSource, 0x0a0000000000, 0xff0000000000)), new OutputAction(1)])],
            [new MeterInstruction(1), new ApplyActionsInstruction([new OutputAction(1)])],
            [new MeterInstruction(1)],
        ];
        var rules = instructions.Select((each, i) => new FlowMod { Cookie = (ulong)i, Priority = (ushort)i, Instructions = each }).ToList();
        var meter = new MeterMod(MeterModCommand.Add, 1, MeterFlags.PacketsPerSecond, [new DropBand(1000)]);
        var result = await connection.SendAllAsync([meter, .. rules]);
        Assert.True(result.Succeeded, result.ToString());

        var flows = (await connection.ReadFlowsAsync()).OrderBy(flow => flow.Cookie).ToList();
        Assert.Equal(instructions, flows.Select(flow => flow.Instructions));
        Assert.All(flows, flow => Assert.NotNull(flow.IdleTime));
        Assert.Equal(2U, Assert.Single(await connection.ReadMeterStatsAsync(1)).ReferenceCount);
    }

    [OvsFact]
    public async Task One_port_and_one_group_are_described()
    {
        await using var session = await OvsSession.OpenAsync(ovs, OpenFlowVersion.OpenFlow15);
        var connection = session.Connection;
        ovs.AddPort(session.Bridge, $"{session.Bridge}p1", 1);
        ovs.AddPort(session.Bridge, $"{session.Bridge}p2", 2);
        Assert.Equal(2U, Assert.Single((await connection.RequestAllAsync(new PortDescriptionRequest(2))).SelectMany(part => part.Ports)).Number);

        Assert.True((await connection.SendAllAsync([.. new uint[] { 1, 2 }.Select(number => new GroupMod(GroupModCommand.Add, GroupKind.All, number))])).Succeeded);
        Assert.Equal(2U, Assert.Single((await connection.RequestAllAsync(new GroupDescriptionRequest(2))).SelectMany(part => part.Groups)).Group);
    }

    private static Bucket Bucket(uint id) => new() { Id = id, Weight = 1, Actions = [new OutputAction(id)] };

    private static async Task<IEnumerable<uint>> BucketsAsync(OpenFlowConnection connection) =>
        Assert.Single(await connection.ReadGroupsAsync()).Buckets.Select((bucket, i) => bucket.Id ?? (uint)i);
}
