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
        var report = Head(@switch, time);
        return (problem is null
            ? report.Section($"Rules ({@switch.Rules.Count} of {@switch.IntendedRules})", Rules([.. @switch.Rules.Select(rule => (@switch.Name, rule))]))
            : report.Section($"Rules ({@switch.IntendedRules} intended)", [$"not readable: {problem}"])).ToString();
    }

    private static Report Head(V1.Switch @switch, TimeProvider time) => new Report()
        .Field("Name", @switch.Name)
        .Field("Connected", $"{Text.YesNo(@switch.Connected)}, since {Text.Time(@switch.LastTransitionTime, time)}")
        .Field("Address", @switch.Address)
        .Field("Datapath", @switch.DatapathId)
        .Field("OpenFlow", @switch.OpenflowVersion)
        .Field("Description", @switch.Description)
        .Field("Tagging", Text.Name(@switch.Tagging))
        .Section("Ports", Ports(@switch))
        .Section("Remarks", @switch.Remarks);

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
