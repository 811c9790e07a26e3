using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>The rules and groups of others, to see that the check has left them as they were.</summary>
internal sealed record ForeignState(IReadOnlySet<string> Rules, IReadOnlySet<string> Groups)
{
    private const int MostRemarks = 20;

    /// <summary>Rules of an earlier check that were there.</summary>
    public int LeftByEarlierCheck { get; init; }

    /// <summary>Reads it.</summary>
    public static async Task<ForeignState> ReadAsync(ProbeSession session, CancellationToken cancellation)
    {
        var rules = await session.Connection.ReadFlowsAsync(cancellation: cancellation);
        var groups = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var found = await session.Connection.ReadGroupsAsync(cancellation);
            groups.UnionWith(found.Where(group => !session.State.Groups.Contains(group.Group)).Select(group => group.ToString()));
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            // A switch without groups has none to look after.
        }

        return new ForeignState(rules.Where(rule => !ProbeCookie.IsOurs(rule.Cookie)).Select(Text).ToHashSet(StringComparer.Ordinal), groups);
    }

    /// <summary>What has changed since, in sentences.</summary>
    public IEnumerable<string> Differences(ForeignState now)
    {
        var changes = Rules.Except(now.Rules).Select(rule => $"gone meanwhile, by whom cannot be told: {rule}")
            .Concat(now.Rules.Except(Rules).Select(rule => $"added meanwhile, not by this check: {rule}"))
            .Concat(Groups.Except(now.Groups).Select(group => $"gone meanwhile, by whom cannot be told: {group}"))
            .Concat(now.Groups.Except(Groups).Select(group => $"added meanwhile, not by this check: {group}"))
            .ToList();
        return changes.Count <= MostRemarks ? changes : [.. changes.Take(MostRemarks), $"and {changes.Count - MostRemarks} more changes"];
    }

    // Without age and counters, which change by themselves.
    private static string Text(FlowStats rule) => rule.ToFlowMod().ToString();
}
