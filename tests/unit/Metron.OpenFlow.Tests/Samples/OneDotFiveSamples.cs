namespace Metron.OpenFlow.Tests.Samples;

/// <summary>What only OpenFlow 1.5 has.</summary>
internal static class OneDotFiveSamples
{
    private static readonly EquatableArray<OpenFlowProperty> ExperimenterProperty = [new(0xffff, [0x00, 0x00, 0x23, 0x20, 0x00, 0x00, 0x00, 0x09, 0x77])];

    public static IEnumerable<Sample> All() => Rules().Concat(Groups()).Concat(Counters()).Concat(Switch());

    private static IEnumerable<Sample> Rules()
    {
        yield return new("match-registers", Rule(Match.Of(
            [.. Enumerable.Range(0, 8).Select(number => OxmField.Masked(Oxm.PacketRegister((byte)number), 0x1100UL + (ulong)number, 0xff0fUL))])));
        yield return new("match-packet-type", Rule(Match.Of(OxmField.Exact(Oxm.PacketType, 0x0001_0800))));
        yield return new("match-action-set-output", Rule(Match.Of(OxmField.Exact(Oxm.ActionSetOutput, 7))));
        yield return new("match-tcp-flags", Rule(Match.Of(OxmField.EthernetType(0x0800), OxmField.IpProtocol(6), OxmField.TcpFlags(0x012))));
        yield return new("action-copy-field", Rule(
            Match.Any,
            CopyFieldAction.Whole(Oxm.EthernetSource, Oxm.EthernetDestination),
            new CopyFieldAction(12, 3, 4, new OxmHeader(Oxm.PacketRegister(1), false, 8), new OxmHeader(Oxm.Metadata, false, 8))));
        yield return new("action-copy-flags", Rule(
            Match.Of(OxmField.EthernetType(0x0800), OxmField.IpProtocol(6)),
            new CopyFieldAction(12, 0, 0, new OxmHeader(Oxm.TcpFlags, false, 2), new OxmHeader(Oxm.Metadata, false, 8))));
        yield return new("action-meter", Rule(Match.Any, new OutputAction(1), new MeterAction(2)) with { Command = FlowModCommand.Modify });
        yield return new("action-set-masked", Rule(Match.Any, new SetFieldAction(OxmField.EthernetSource(new HardwareAddress(0x0a0000000000), new HardwareAddress(0xff0000000000)))));
        yield return new("instruction-stat-trigger", new FlowMod
        {
            Instructions =
            [
                new StatTriggerInstruction(
                    StatTriggerFlags.Periodic,
                    [OxsField.PacketCount(1000), OxsField.ByteCount(2000), OxsField.Duration(new FlowAge(3, 4)), new OxsField(new OxsType(0xffff, 5, 0x2320), [6])]),
                new MeterInstruction(7),
            ],
        }, OvsReads: false);
        yield return new("instruction-old-meter", new FlowMod { Instructions = [new UnknownInstruction(6, [0, 0, 0, 1])] }, OvsReads: false);
        yield return new("packet-out-pipeline", new PacketOut
        {
            InPort = 3,
            Pipeline = Match.Of(OxmField.Metadata(4), OxmField.Exact(Oxm.TunnelId, 5)),
            Actions = [new OutputAction(6)],
            Packet = [.. new byte[60]],
        });
        yield return new("packet-out-no-port", new PacketOut { InPort = PortNumber.Any, Actions = [new OutputAction(6)], Packet = [1, 2] }, OvsReads: false);
    }

    private static IEnumerable<Sample> Groups()
    {
        yield return new("group-bucket-numbers", new GroupMod(GroupModCommand.Add, GroupKind.Select, 1,
        [
            new Bucket { Id = 10, Weight = 20, Actions = [new OutputAction(2)] },
            new Bucket { Id = 30, Weight = 40, WatchPort = 50, WatchGroup = 60, Actions = [new OutputAction(3)] },
        ]));
        yield return new("group-insert", new GroupMod(GroupModCommand.InsertBucket, GroupKind.All, 1, [new Bucket { Id = 5, Actions = [new OutputAction(2)] }])
        {
            CommandBucket = BucketNumber.Last,
        });
        yield return new("group-remove", new GroupMod(GroupModCommand.RemoveBucket, GroupKind.All, 1) { CommandBucket = 5 });
        yield return new("group-properties", new GroupMod(
            GroupModCommand.Add, GroupKind.All, 1, [new Bucket { Properties = [new(77, [1, 2, 3]), .. ExperimenterProperty] }])
        {
            CommandBucket = 9,
            Properties = ExperimenterProperty,
        }, OvsReads: false);
        yield return new("group-description-request-one", new GroupDescriptionRequest(8));
        yield return new("group-description-properties", new GroupDescriptionReply(
            [new GroupDescription(GroupKind.FastFailover, 1, [new Bucket { Id = 2, WatchPort = 3 }]) { Properties = ExperimenterProperty }]), OvsReads: false);
    }

    private static IEnumerable<Sample> Counters()
    {
        OxsField[] others = [OxsField.FlowCount(9), new(new OxsType(OxsType.BasicClass, 99), [1, 2, 3]), new(OxsType.PacketCount with { IsReserved = true }, [0, 0, 0, 0, 0, 0, 0, 8]), new(new OxsType(0xffff, 5, 0x2320), [6, 7])];
        var filter = new FlowFilter { Table = 1, OutPort = 2, OutGroup = 3, Cookie = 0x44, CookieMask = 0xff, Match = Match.Of(OxmField.InPort(5)) };
        yield return new("flow-stats-times", new FlowStatsReply(
        [
            new FlowStats { Table = 1, Age = new FlowAge(2, 300_000_000), IdleTime = new FlowAge(4, 500_000_000), PacketCount = 6, ByteCount = 7 },
        ]));
        yield return new("flow-stats-others", new FlowStatsReply(
        [
            new FlowStats { Table = 1, Age = FlowAge.Unknown, PacketCount = ulong.MaxValue, ByteCount = ulong.MaxValue, OtherStatistics = [.. others] },
        ]), OvsReads: false);
        yield return new("flow-removed-others", new FlowRemoved { IdleTime = new FlowAge(1, 2), OtherStatistics = [.. others] }, OvsReads: false);
        yield return new("aggregate-others", new AggregateStatsReply(1, 2, 3) { OtherStatistics = [OxsField.IdleTime(new FlowAge(4, 5)), others[1]] }, OvsReads: false);
        yield return new("flow-counters-request", new FlowCountersRequest(filter), OvsReads: false);
        yield return new("flow-counters-reply", new FlowCountersReply(
        [
            new FlowCounters { Table = 1, Priority = 2, Match = Match.Of(OxmField.InPort(3)), Statistics = [OxsField.PacketCount(4), OxsField.ByteCount(5)] },
            new FlowCounters { Reason = FlowCountersReason.Trigger, Statistics = [OxsField.FlowCount(6)] },
        ]), OvsReads: false);
    }

    private static IEnumerable<Sample> Switch()
    {
        var controller = new ControllerStatus
        {
            ShortId = 1,
            Role = ControllerRole.Master,
            Reason = ControllerStatusReason.ChannelStatus,
            Channel = ControlChannelState.Down,
            Properties = [ControllerStatus.UriProperty("tcp:198.51.100.1:6653"), .. ExperimenterProperty],
        };
        yield return new("controller-status", new ControllerStatusMessage(controller), OvsReads: false);
        yield return new("controller-status-request", new ControllerStatusRequest(), OvsReads: false);
        yield return new("controller-status-reply", new ControllerStatusReply([controller, controller with { ShortId = 2, Properties = default }]), OvsReads: false);
        yield return new("bundle-features-request", new BundleFeaturesRequest(1, [new(1, [.. new byte[20]])]), OvsReads: false);
        yield return new("bundle-features-reply", new BundleFeaturesReply(BundleFlags.Atomic | BundleFlags.Ordered | BundleFlags.Time, ExperimenterProperty), OvsReads: false);
        yield return new("bundle-commit-at", new BundleControl(1, BundleControlKind.CommitRequest, BundleFlags.Time, [BundleTime.Property(2, 3)]), OvsReads: false);
        yield return new("role-request-short-id", new RoleRequest(ControllerRole.Equal, 2) { ShortId = 3 }, OvsReads: false);
        yield return new("role-reply-short-id", new RoleReply(ControllerRole.Equal, 4) { ShortId = 5 }, OvsReads: false);
        yield return new("set-async-all", new SetAsync(new AsyncConfiguration(
            [.. Enum.GetValues<AsyncKind>().Select(kind => new AsyncMask(kind, 1U + (uint)kind))])), OvsReads: false);
        yield return new("port-description-request-one", new PortDescriptionRequest(6));
        yield return new("meter-features-reply-places", new MeterFeaturesReply { MaximumMeters = 1, BandTypes = 2, Features = 7 }, OvsReads: false);
        yield return new("table-features-enable", new TableFeaturesRequest([new TableFeatures { Table = 3, Command = TableFeaturesCommand.Enable }]), OvsReads: false);
        yield return new("table-features-egress", new TableFeaturesReply(
        [
            new TableFeatures
            {
                Table = 4,
                Features = TableFeatureFlags.Egress | TableFeatureFlags.FirstEgress,
                Properties =
                [
                    new TableFieldsProperty(TablePropertyType.Match, [new(Oxm.TcpFlags, true, 4), new(Oxm.ActionSetOutput, false, 4)]),
                    new TableFieldsProperty(TablePropertyType.WriteCopyField, [new(Oxm.EthernetDestination, false, 6)]),
                    new TableFieldsProperty(TablePropertyType.WriteCopyFieldMiss, [new(Oxm.EthernetSource, false, 6)]),
                    new TableFieldsProperty(TablePropertyType.ApplyCopyField, [new(Oxm.Metadata, false, 8)]),
                    new TableFieldsProperty(TablePropertyType.ApplyCopyFieldMiss, [new(Oxm.VlanId, false, 2)]),
                    new TableValuesProperty(TablePropertyType.PacketTypes, [OxmField.Exact(Oxm.PacketType, 0)]),
                ],
            },
        ]), OvsReads: false);
    }

    private static FlowMod Rule(Match match, params OpenFlowAction[] actions) => new()
    {
        Match = match,
        Instructions = [new ApplyActionsInstruction(actions.Length == 0 ? [new OutputAction(1)] : actions.ToEquatableArray())],
    };
}
