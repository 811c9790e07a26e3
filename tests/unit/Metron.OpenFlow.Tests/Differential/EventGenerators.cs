namespace Metron.OpenFlow.Tests.Differential;

/// <summary>What switches tell by themselves since OpenFlow 1.4: monitored rules, tables that fill up, what other controllers did; and what was asked for of it.</summary>
internal static class EventGenerators
{
    private const OpenFlowVersion V14 = OpenFlowVersion.OpenFlow14;

    public static IReadOnlyList<Generator> All { get; } =
    [
        new("flow-monitor-request", MonitorRequest, V14),
        new("flow-monitor-reply", MonitorReply, V14),
        new("table-status", (draw, _) => Table(draw), V14),
        new("request-forward", (draw, _) => Forward(draw), V14),
    ];

    private static Generated MonitorRequest(Draw draw, OpenFlowVersion version)
    {
        var request = new FlowMonitorRequest
        {
            Monitor = draw.UInt32(0, uint.MaxValue),
            Options = FlowMonitorFlags.Modified
                | draw.Flags(FlowMonitorFlags.Initial, FlowMonitorFlags.Added, FlowMonitorFlags.Removed, FlowMonitorFlags.Instructions, FlowMonitorFlags.OnlyOwn),
            Table = draw.Byte(0, 254),
            Match = RuleParts.Match(draw, version),
        };
        return new(request, Facts: [$"id={request.Monitor} flags="]);
    }

    private static Generated MonitorReply(Draw draw, OpenFlowVersion version)
    {
        var updates = draw.List(4, d => Update(d, version));
        return new(new FlowMonitorReply(updates), Facts: [.. updates.Select(Fact)]);
    }

    private static FlowUpdate Update(Draw draw, OpenFlowVersion version)
    {
        switch (draw.Count(5))
        {
            case 0:
                return new AbbreviatedUpdate(draw.UInt32(0, uint.MaxValue));
            case 1:
                return new MonitorUpdate(draw.Pick(FlowUpdateEvent.Paused, FlowUpdateEvent.Resumed));
            default:
                var rule = RuleGenerators.Rule(draw, version);
                var what = draw.Pick(FlowUpdateEvent.Initial, FlowUpdateEvent.Added, FlowUpdateEvent.Removed, FlowUpdateEvent.Modified);
                return new RuleUpdate(what)
                {
                    Table = rule.Table,
                    Reason = what == FlowUpdateEvent.Removed ? draw.Pick(FlowRemovedReason.Delete, FlowRemovedReason.IdleTimeout) : 0,
                    IdleTimeoutSeconds = rule.IdleTimeoutSeconds,
                    HardTimeoutSeconds = rule.HardTimeoutSeconds,
                    Priority = rule.Priority,
                    Cookie = rule.Cookie,
                    Match = rule.Match,
                    Instructions = what == FlowUpdateEvent.Removed ? default : rule.Instructions,
                };
        }
    }

    private static string Fact(FlowUpdate update) => update switch
    {
        AbbreviatedUpdate abbreviated => $"event=ABBREV xid=0x{abbreviated.TransactionId:x}",
        RuleUpdate { Event: FlowUpdateEvent.Removed } removed => $"event=DELETED reason={(removed.Reason == FlowRemovedReason.Delete ? "delete" : "idle")} table={removed.Table}",
        RuleUpdate rule => $"event={rule.Event.ToString().ToUpperInvariant()} table={rule.Table}",
        _ => $"event={update.Event.ToString().ToUpperInvariant()}",
    };

    private static Generated Table(Draw draw)
    {
        var vacancy = new TableVacancy(draw.Byte(1, 40), draw.Byte(50, 99), draw.Byte(0, 100));
        var status = new TableStatus(
            draw.Pick(TableStatusReason.VacancyDown, TableStatusReason.VacancyUp),
            new TableSettings { Table = draw.Byte(0, 254), Configuration = TableConfiguration.VacancyEvents, Vacancy = vacancy });
        return new(status, Facts:
        [
            status.Reason == TableStatusReason.VacancyDown ? "reason=VACANCY_DOWN" : "reason=VACANCY_UP",
            $"vacancy_down={vacancy.DownPercent}% vacancy_up={vacancy.UpPercent}% vacancy={vacancy.NowPercent}%",
        ]);
    }

    private static Generated Forward(Draw draw)
    {
        var number = draw.UInt32(1, 0xffff);
        var transaction = draw.UInt32(1, uint.MaxValue);
        return draw.Coin()
            ? new(
                new RequestForward(new GroupMod(GroupModCommand.Add, GroupKind.All, number, [new Bucket { Actions = [new OutputAction(RuleParts.Port(draw))] }]), transaction),
                Facts: ["reason=group_mod", $"group_id={number},type=all"])
            : new(
                new RequestForward(new MeterMod(MeterModCommand.Add, number, MeterFlags.PacketsPerSecond, [new DropBand(draw.UInt32(1, 99))]), transaction),
                Facts: ["reason=meter_mod", $"meter={number}"]);
    }
}
