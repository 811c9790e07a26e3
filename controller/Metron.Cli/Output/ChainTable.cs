using Metron.Cli.Commands;

namespace Metron.Cli.Output;

/// <summary>Chains, one per line.</summary>
internal static class ChainTable
{
    /// <summary>Makes the table.</summary>
    public static Table Of(IReadOnlyList<V1.ServiceChain> chains, bool wide, TimeProvider time)
    {
        string[] headings = ["NAME", "STATE", "REVISION", "RUNNING", "ENDPOINTS", "FUNCTIONS", "CLASSES", "RULES", "AGE"];
        var table = new Table(wide ? [.. headings, "SERVERS", "WORKERS", "TAGS", "VERIFIED", "LABELS", "REASON"] : headings);
        foreach (var chain in chains)
        {
            var status = chain.Status ?? new V1.ServiceChainStatus();
            string[] cells =
            [
                chain.Name,
                Text.Name(status.State),
                Text.Number(chain.Revision),
                Text.Number(status.RunningRevision),
                Text.Number(chain.Spec?.Endpoints.Count ?? 0),
                Text.Number(chain.Spec?.Functions.Count ?? 0),
                Text.Number(status.TrafficClasses.Count),
                Text.Number((ulong)status.SwitchRules),
                Text.Age(chain.CreateTime, time),
            ];
            table.Add(wide ? [.. cells, .. Wide(chain, status)] : cells);
        }

        return table;
    }

    private static string[] Wide(V1.ServiceChain chain, V1.ServiceChainStatus status) =>
    [
        string.Join(',', status.Placements.Select(placement => placement.Server)),
        string.Join(' ', status.Placements.Select(placement => ChainReport.Workers(placement))),
        Text.Ranges(status.Placements.SelectMany(placement => placement.Tags).Select(tag => tag.Value)),
        status.Verification is { } verification ? Text.Name(verification.Result) : string.Empty,
        Labels(chain),
        status.State == V1.ChainState.Ready ? string.Empty : ChainWaiter.Reason(chain),
    ];

    /// <summary>Labels as "a=b,c=d".</summary>
    public static string Labels(V1.ServiceChain chain) =>
        string.Join(',', chain.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
}
