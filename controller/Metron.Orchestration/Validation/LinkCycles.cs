using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration;

/// <summary>Finds a cycle among links, which lead from → to.</summary>
internal static class LinkCycles
{
    /// <summary>Reports one cycle, at the link that closes it, and names it.</summary>
    public static void Check(ChainSpec spec, List<Violation> violations)
    {
        // Nothing passes through an endpoint.
        var endpoints = spec.Endpoints.Select(endpoint => endpoint.Name).ToHashSet(StringComparer.Ordinal);
        var links = spec.Links.Select((link, index) => (From: link.From.Element, To: link.To.Element, Index: index))
            .Where(link => !endpoints.Contains(link.From) && !endpoints.Contains(link.To))
            .ToLookup(link => link.From, StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in spec.Links.Select(link => link.From.Element).Distinct(StringComparer.Ordinal))
        {
            if (Find(start, links, [], done) is { } cycle)
            {
                violations.Add(new Violation(
                    SpecPaths.Link(cycle.ClosingLink),
                    $"closes the cycle {string.Join(" → ", cycle.Elements)}; packets would go round: links must lead from the clients' side to the far side"));
                return;
            }
        }
    }

    private static (IReadOnlyList<string> Elements, int ClosingLink)? Find(
        string element, ILookup<string, (string From, string To, int Index)> links, List<string> path, HashSet<string> done)
    {
        if (done.Contains(element))
        {
            return null;
        }

        path.Add(element);
        foreach (var link in links[element])
        {
            var start = path.IndexOf(link.To);
            if (start >= 0)
            {
                return ([.. path[start..], link.To], link.Index);
            }

            if (Find(link.To, links, path, done) is { } cycle)
            {
                return cycle;
            }
        }

        path.RemoveAt(path.Count - 1);
        done.Add(element);
        return null;
    }
}
