namespace Metron.OpenFlow.Tests.Differential;

/// <summary>What only OpenFlow 1.5 has. Open vSwitch knows part of it.</summary>
internal static class OneDotFiveGenerators
{
    private const OpenFlowVersion V15 = OpenFlowVersion.OpenFlow15;

    private static readonly OxmType[] Copied = [Oxm.EthernetSource, Oxm.EthernetDestination, Oxm.Metadata, Oxm.TunnelId, Oxm.PacketRegister(2)];

    public static IReadOnlyList<Generator> All { get; } =
    [
        new("copy-field", (draw, _) => Copy(draw), V15),
        new("meter-action", (draw, _) => Meter(draw), V15),
        new("stat-trigger", (draw, _) => Trigger(draw), V15),
        new("packet-out-pipeline", (draw, _) => PacketOut(draw), V15),
        new("bucket-mod", (draw, _) => Buckets(draw), V15),
        new("flow-stats-oxs", FlowStatistics, V15),
        new("flow-counters", Counters, V15),
        new("one-description", (draw, _) => One(draw), V15),
        new("controllers", (draw, _) => Controllers(draw), V15),
        new("bundle-features", (draw, _) => BundleFeatures(draw), V15),
        new("role-short-id", (draw, _) => Role(draw), V15),
    ];

    private static Generated Copy(Draw draw)
    {
        var (source, destination) = (Oxm.Describe(draw.PickFrom(Copied))!, Oxm.Describe(draw.PickFrom(Copied))!);
        var bits = (ushort)draw.Number(1, (ulong)Math.Min(source.Bits, destination.Bits));
        var copy = new CopyFieldAction(
            bits,
            (ushort)draw.Number(0, (ulong)(source.Bits - bits)),
            (ushort)draw.Number(0, (ulong)(destination.Bits - bits)),
            new OxmHeader(source.Type, false, (byte)source.Bytes),
            new OxmHeader(destination.Type, false, (byte)destination.Bytes));
        return new(Rule(draw, new ApplyActionsInstruction([copy])), Facts: ["move:"]);
    }

    private static Generated Meter(Draw draw)
    {
        var meter = draw.UInt32(1, 0xffff);
        var port = draw.UInt32(1, 0xfeff);
        return new(Rule(draw, new MeterInstruction(meter), new ApplyActionsInstruction([new OutputAction(port)])), Facts: [$"actions=meter:{meter},output:{port}"]);
    }

    // In a bundle, because ovs-ofctl has no notation for it.
    private static Generated Trigger(Draw draw)
    {
        var trigger = new StatTriggerInstruction(draw.Flags(StatTriggerFlags.Periodic, StatTriggerFlags.OnlyFirst), draw.List(4, Field));
        return new(new BundleAddMessage(1, BundleFlags.Ordered, Rule(draw, trigger)), OvsReads: false);
    }

    private static Generated PacketOut(Draw draw)
    {
        var metadata = draw.Number(1, ulong.MaxValue);
        var (port, output) = (draw.UInt32(1, 0xfeff), draw.UInt32(1, 0xfeff));
        return new(
            new PacketOut { InPort = port, Pipeline = Match.Of(OxmField.Metadata(metadata)), Actions = [new OutputAction(output)], Packet = draw.Frame() },
            Facts: [$"metadata=0x{metadata:x},in_port={port} actions=output:{output}"]);
    }

    private static Generated Buckets(Draw draw)
    {
        var (group, bucket, number) = (draw.UInt32(0, 0xffff), draw.UInt32(0, BucketNumber.Maximum), draw.UInt32(0, BucketNumber.Maximum));
        return draw.Coin()
            ? new(
                new GroupMod(GroupModCommand.InsertBucket, GroupKind.All, group, [new Bucket { Id = number, Actions = [new OutputAction(1)] }]) { CommandBucket = bucket },
                Facts: [$"INSERT_BUCKET command_bucket_id:{bucket},group_id={group},bucket=bucket_id:{number},"])
            : new(new GroupMod(GroupModCommand.RemoveBucket, GroupKind.All, group) { CommandBucket = bucket }, Facts: [$"REMOVE_BUCKET command_bucket_id:{bucket},group_id={group}"]);
    }

    private static Generated FlowStatistics(Draw draw, OpenFlowVersion version)
    {
        var rule = RuleGenerators.Rule(draw, version);
        var flow = new FlowStats
        {
            Table = rule.Table,
            Priority = rule.Priority,
            Cookie = rule.Cookie,
            Match = rule.Match,
            Instructions = rule.Instructions,
            Age = new FlowAge(draw.UInt32(0, 0x7fffffff), 0),
            IdleTime = draw.Coin() ? new FlowAge(draw.UInt32(0, 0xffff), 0) : null,
            PacketCount = draw.Number(0, ulong.MaxValue >> 1),
            ByteCount = draw.Number(0, ulong.MaxValue >> 1),
        };
        return new(new FlowStatsReply([flow]), Facts: [$"n_packets={flow.PacketCount}, n_bytes={flow.ByteCount}"]);
    }

    private static Generated Counters(Draw draw, OpenFlowVersion version) => draw.Coin()
        ? new(new FlowCountersRequest(new FlowFilter { Table = draw.Byte(), Match = RuleParts.Match(draw, version) }), OvsReads: false)
        : new(
            new FlowCountersReply(draw.List(3, d => new FlowCounters
            {
                Table = d.Byte(),
                Reason = d.Pick(FlowCountersReason.Request, FlowCountersReason.Trigger),
                Priority = d.UInt16(),
                Match = RuleParts.Match(d, version),
                Statistics = d.List(4, Field),
            })),
            OvsReads: false);

    private static Generated One(Draw draw)
    {
        var number = draw.UInt32(1, 0xfeff);
        return draw.Coin()
            ? new(new PortDescriptionRequest(number), Facts: [$"port={number}"])
            : new(new GroupDescriptionRequest(number), Facts: [$"group_id={number}"]);
    }

    private static Generated Controllers(Draw draw) => draw.Count(2) switch
    {
        0 => new(new ControllerStatusRequest(), OvsReads: false),
        1 => new(new ControllerStatusReply(draw.Some(3, Controller)), OvsReads: false),
        _ => new(new ControllerStatusMessage(Controller(draw)), OvsReads: false),
    };

    private static ControllerStatus Controller(Draw draw) => new()
    {
        ShortId = draw.UInt16(),
        Role = draw.Pick(ControllerRole.Equal, ControllerRole.Master, ControllerRole.Slave),
        Reason = draw.Pick(ControllerStatusReason.Request, ControllerStatusReason.Role),
        Channel = draw.Pick(ControlChannelState.Up, ControlChannelState.Down),

        // tshark needs a property, and one without padding.
        Properties = [ControllerStatus.UriProperty($"tcp:{draw.Text(11),-11}:6653")],
    };

    private static Generated BundleFeatures(Draw draw) => draw.Coin()
        ? new(new BundleFeaturesRequest(draw.UInt32(0, 3), [Time(draw)]), OvsReads: false)
        : new(new BundleFeaturesReply(draw.Flags(BundleFlags.Atomic, BundleFlags.Ordered, BundleFlags.Time), [Time(draw)]), OvsReads: false);

    // The property time capability: accuracy, reach into future and past, and a time stamp.
    private static OpenFlowProperty Time(Draw draw) => new(1, [0, 0, 0, 0, .. draw.Bytes(64)]);

    private static Generated Role(Draw draw) => new(
        draw.Coin()
            ? new RoleRequest(ControllerRole.Equal, draw.Number(0, ulong.MaxValue)) { ShortId = draw.UInt16() }
            : new RoleReply(ControllerRole.Equal, draw.Number(0, ulong.MaxValue)) { ShortId = draw.UInt16() },
        OvsReads: false);

    private static OxsField Field(Draw draw) => draw.Count(5) switch
    {
        0 => OxsField.Duration(new FlowAge(draw.UInt32(0, 0xffff), 1)),
        1 => OxsField.IdleTime(new FlowAge(draw.UInt32(0, 0xffff), 2)),
        2 => OxsField.FlowCount(draw.UInt32(0, uint.MaxValue)),
        3 => OxsField.PacketCount(draw.Number(0, ulong.MaxValue)),
        4 => OxsField.ByteCount(draw.Number(0, ulong.MaxValue)),
        _ => new OxsField(new OxsType(0xffff, draw.Byte(0, 127), draw.UInt32(0, uint.MaxValue)), draw.Bytes(draw.Count(20))),
    };

    private static FlowMod Rule(Draw draw, params Instruction[] instructions) =>
        new() { Cookie = draw.Number(0, 99), Priority = draw.UInt16(), Instructions = instructions.ToEquatableArray() };
}
