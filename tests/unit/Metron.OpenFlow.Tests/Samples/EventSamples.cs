namespace Metron.OpenFlow.Tests.Samples;

/// <summary>What a switch tells by itself since OpenFlow 1.4: monitored rules, tables that fill up, what other controllers did.</summary>
internal static class EventSamples
{
    public static IEnumerable<Sample> All(OpenFlowVersion version) =>
        version < OpenFlowVersion.OpenFlow14 ? [] : Monitors().Concat(Others());

    private static IEnumerable<Sample> Monitors()
    {
        yield return new("flow-monitor-request", new FlowMonitorRequest
        {
            Monitor = 0x11223344,
            Command = FlowMonitorCommand.Modify,
            Options = FlowMonitorFlags.Initial | FlowMonitorFlags.Added | FlowMonitorFlags.Removed | FlowMonitorFlags.Instructions,
            Table = 5,
            OutPort = 6,
            Match = Match.Of(OxmField.InPort(7)),
        });
        yield return new("flow-monitor-request-all", new FlowMonitorRequest { Monitor = 8, Options = FlowMonitorFlags.Modified | FlowMonitorFlags.OnlyOwn });
        yield return new("flow-monitor-group", new FlowMonitorRequest { Monitor = 9, OutGroup = 10, Options = FlowMonitorFlags.NoAbbreviations }, OvsReads: false);
        var rule = new RuleUpdate(FlowUpdateEvent.Added)
        {
            Table = 1,
            IdleTimeoutSeconds = 2,
            HardTimeoutSeconds = 3,
            Priority = 4,
            Cookie = 5,
            Match = Match.Of(OxmField.InPort(6)),
            Instructions = [new ApplyActionsInstruction([new OutputAction(7)])],
        };
        yield return new("flow-monitor-reply", new FlowMonitorReply(
        [
            rule,
            rule with { Event = FlowUpdateEvent.Removed, Reason = FlowRemovedReason.HardTimeout, Instructions = [] },
            rule with { Event = FlowUpdateEvent.Modified, Cookie = 8 },
            new AbbreviatedUpdate(0x90a0b0c0),
        ]));
        yield return new("flow-monitor-reply-paused", new FlowMonitorReply([new MonitorUpdate(FlowUpdateEvent.Paused), new MonitorUpdate(FlowUpdateEvent.Resumed)]));
        yield return new("flow-monitor-reply-unknown", new FlowMonitorReply(
        [
            new UnknownFlowUpdate((FlowUpdateEvent)77, [1, 2, 3, 4]),
            rule with { Event = FlowUpdateEvent.Initial },
        ]), OvsReads: false);
    }

    private static IEnumerable<Sample> Others()
    {
        yield return new("table-status", new TableStatus(
            TableStatusReason.VacancyDown,
            new TableSettings { Table = 1, Configuration = TableConfiguration.VacancyEvents, Vacancy = new TableVacancy(20, 80, 15) }));
        yield return new("table-status-unknown", new TableStatus(
            (TableStatusReason)9,
            new TableSettings { Table = 2, EvictionFlags = 1, Properties = [new(0xffff, [0, 0, 0x23, 0x20, 0, 0, 0, 9, 0x77])] }), OvsReads: false);
        yield return new("request-forward-group", new RequestForward(
            new GroupMod(GroupModCommand.Add, GroupKind.All, 1, [new Bucket { Actions = [new OutputAction(2)] }]), 0x33445566));
        yield return new("request-forward-meter", new RequestForward(
            new MeterMod(MeterModCommand.Add, 3, MeterFlags.PacketsPerSecond, [new DropBand(4)]), 0x77));
    }
}
