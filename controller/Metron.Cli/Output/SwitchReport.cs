namespace Metron.Cli.Output;

/// <summary>Everything about a switch.</summary>
internal static class SwitchReport
{
    /// <summary>Describes the switch.</summary>
    /// <param name="switch">The switch.</param>
    /// <param name="problem">Why its rules could not be read; null when they could.</param>
    /// <param name="time">The clock.</param>
    public static string Of(V1.Switch @switch, string? problem, TimeProvider time)
    {
        var report = Head(@switch, time).SectionIf(@switch.Groups.Count > 0, "Groups", () => Groups(@switch.Groups));
        return (problem is null
            ? report.Section($"Rules ({@switch.Rules.Count} of {@switch.IntendedRules})", Rules([.. @switch.Rules.Select(rule => (@switch.Name, rule))]))
            : report.Section($"Rules ({@switch.IntendedRules} intended)", [$"not readable: {problem}"])).ToString();
    }

    private static Report Head(V1.Switch @switch, TimeProvider time) => WithStrays(@switch, time, WithDrift(@switch, time, WithLoss(@switch, time, new Report()
        .Field("Name", @switch.Name)
        .Field("Connected", $"{Text.YesNo(@switch.Connected)}, since {Text.Time(@switch.LastTransitionTime, time)}"))
        .Field("Address", @switch.Address)
        .Field("Datapath", @switch.DatapathId)
        .Field("OpenFlow", @switch.OpenflowVersion)
        .Field("Description", @switch.Description)
        .Field("Tagging", Text.Name(@switch.Tagging)))
        .Section("Ports", Ports(@switch))
        .Section("Remarks", @switch.Remarks));

    /// <summary>Why its last session ended.</summary>
    private static Report WithLoss(V1.Switch @switch, TimeProvider time, Report report) => @switch.LossTime is null
        ? report
        : report.Field("Last loss", $"{@switch.LossReason}, {Text.Time(@switch.LossTime, time)}");

    /// <summary>One that is not there may be among those who were turned away.</summary>
    private static Report WithStrays(V1.Switch @switch, TimeProvider time, Report report) => @switch.StrayPeers.Count == 0
        ? report
        : report.Section($"{StrayPeerTable.Title}, among which it may be", StrayPeerTable.Of(@switch.StrayPeers, time));

    /// <summary>What someone did to the rules of the switch, and to what end it came.</summary>
    private static Report WithDrift(V1.Switch @switch, TimeProvider time, Report report)
    {
        if (@switch.Drift is not { } drift)
        {
            return report;
        }

        report = report
            .Field("Drift", $"{DriftOf(drift)} (policy {Text.Name(drift.Policy)})")
            .Field("Foreign rules", Text.Number((ulong)drift.Foreign));
        report = drift.LastTime is null
            ? report
            : report.Field("Last drift", $"{drift.Last}, {Text.Time(drift.LastTime, time)}, {(drift.LastRepaired ? "put right" : "not put right")}");
        return drift.Rules.Count == 0
            ? report
            : report.Section("Rules that differ, and foreign ones", drift.Rules.Select(rule => $"{Text.Name(rule.Kind)}: {(rule.Chain.Length > 0 ? $"{rule.Chain}: " : string.Empty)}{rule.Text}"));
    }

    private static string DriftOf(V1.SwitchDrift drift)
    {
        (uint Count, string Word)[] parts = [(drift.Missing, "missing"), (drift.Altered, "altered"), (drift.LeftOver, "left over")];
        var some = parts.Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Word}").ToList();
        return some.Count == 0 ? "none" : string.Join(", ", some);
    }

    /// <summary>Rules by table and priority, as a switch looks them up.</summary>
    public static Table Rules(IReadOnlyList<(string Switch, V1.SwitchRule Rule)> rules)
    {
        var table = new Table("SWITCH", "TABLE", "PRIORITY", "CHAIN", "PACKETS", "BYTES", "PURPOSE", "RULE");
        foreach (var (name, rule) in rules
            .OrderBy(of => of.Switch, StringComparer.Ordinal).ThenBy(of => of.Rule.Table).ThenByDescending(of => of.Rule.Priority))
        {
            table.Add(
                name,
                Text.Number((ulong)rule.Table),
                Text.Number((ulong)rule.Priority),
                rule.Chain,
                Text.Number(rule.Packets),
                Text.Number(rule.Bytes),
                rule.Purpose,
                rule.Text);
        }

        return table;
    }

    /// <summary>Groups by number.</summary>
    public static Table Groups(IEnumerable<V1.PortGroup> groups)
    {
        var table = new Table("GROUP", "CHAIN", "ENDPOINT", "USE", "PORTS", "TEXT");
        foreach (var group in groups)
        {
            table.Add(
                group.Number == 0 ? "none" : Text.Number((ulong)group.Number),
                group.Chain,
                group.Endpoint,
                group.Use == V1.PortUse.Unspecified ? string.Empty : Text.Name(group.Use),
                string.Join(", ", group.Ports.Select(port => Text.Number((ulong)port))),
                group.Note.Length > 0 ? group.Note : group.Text);
        }

        return table;
    }

    private static Table Ports(V1.Switch @switch)
    {
        var table = new Table("PORT", "NAME", "MAC", "LINK");
        foreach (var port in @switch.Ports)
        {
            table.Add(Text.Number((ulong)port.Number), port.Name, port.Mac, port.LinkUp ? "up" : "down");
        }

        return table;
    }
}
