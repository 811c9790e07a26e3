namespace Metron.Cli.Output;

/// <summary>Switches, one per line.</summary>
internal static class SwitchTable
{
    /// <summary>Makes the table.</summary>
    public static Table Of(IReadOnlyList<V1.Switch> switches, bool wide, TimeProvider time)
    {
        string[] headings = ["NAME", "CONNECTED", "SINCE", "OPENFLOW", "TAGGING", "PORTS", "RULES", "REMARKS"];
        var table = new Table(wide ? [.. headings, "DATAPATH", "ADDRESS", "DESCRIPTION"] : headings);
        foreach (var @switch in switches)
        {
            string[] cells =
            [
                @switch.Name,
                Text.YesNo(@switch.Connected),
                Text.Age(@switch.LastTransitionTime, time),
                @switch.OpenflowVersion,
                Text.Name(@switch.Tagging),
                Text.Number(@switch.Ports.Count),
                Text.Number((ulong)@switch.IntendedRules),
                Text.Number(@switch.Remarks.Count),
            ];
            table.Add(wide ? [.. cells, @switch.DatapathId, @switch.Address, @switch.Description] : cells);
        }

        return table;
    }
}
