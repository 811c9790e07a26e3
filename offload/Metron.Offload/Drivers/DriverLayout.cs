using System.Globalization;

namespace Metron.Offload;

/// <summary>Tables of rules as <see cref="ChainRules"/> writes them that become one table of a switch.</summary>
/// <param name="First">First of the tables.</param>
/// <param name="Last">Last of the tables.</param>
/// <param name="Table">The table of the switch.</param>
internal sealed record TableGroup(byte First, byte Last, TableAbility Table);

/// <summary>How the tables of a switch are used.</summary>
/// <param name="Groups">In the order in which packets pass them; the first one is where packets begin.</param>
internal sealed record DriverLayout(IReadOnlyList<TableGroup> Groups)
{
    /// <summary>
    /// Whether metadata tells behind the first table where packets are. Otherwise what they came in by does: port, VLAN and the endpoint's match,
    /// which every rule then repeats.
    /// </summary>
    public bool UsesMetadata { get; } = Groups.Skip(1).All(group => group.Table.MatchesMetadata);

    /// <summary>Whether actions wait until packets leave, so that all rules see packets as they came in.</summary>
    public bool Defers { get; init; }

    /// <summary>Index of the group that has a table of rules.</summary>
    public int IndexOf(byte level)
    {
        for (var i = 0; i < Groups.Count; i++)
        {
            if (level <= Groups[i].Last)
            {
                return i;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(level), level, "no table of the layout has it");
    }

    /// <summary>"table 0: entrance; table 60: stages from 1 on, steering".</summary>
    public override string ToString() => string.Join("; ", Groups.Select(group => $"table {group.Table.Table.Number}: {Levels(group)}"));

    private static string Levels(TableGroup group)
    {
        var (first, last) = (Math.Max(group.First, TableLayout.FirstStage), Math.Min(group.Last, TableLayout.LastStage));
        var stages = first > last ? ""
            : first == last ? string.Create(CultureInfo.InvariantCulture, $"stage {first}")
            : group.Last == TableLayout.Steering ? string.Create(CultureInfo.InvariantCulture, $"stages from {first} on")
            : string.Create(CultureInfo.InvariantCulture, $"stages {first} to {last}");
        string[] names = [group.First == TableLayout.Entrance ? "entrance" : "", stages, group.Last == TableLayout.Steering ? "steering" : ""];
        return string.Join(", ", names.Where(name => name.Length > 0));
    }
}
