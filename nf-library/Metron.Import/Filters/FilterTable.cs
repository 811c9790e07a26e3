using Metron.Import.Syntax;

namespace Metron.Import.Filters;

/// <summary>All chains of a table of netfilter, for one or both IP versions.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Versions">The IP versions that it is for.</param>
/// <param name="Chains">Its chains by name.</param>
/// <param name="Bases">The chains that packets come to, in groups of those that the same packets come to one after the other.</param>
internal sealed record FilterTable(
    Place At, IpVersions Versions, IReadOnlyDictionary<string, FilterChain> Chains, IReadOnlyList<IReadOnlyList<BaseChain>> Bases)
{
    /// <summary>Whether a rule that packets can come to looks at the state of connections.</summary>
    public bool LooksAtStates => Reachable().Any(chain => chain.Rules.Any(rule => rule.States != ConnectionStates.All));

    private HashSet<FilterChain> Reachable()
    {
        HashSet<FilterChain> found = [];
        var open = new Stack<string>(Bases.SelectMany(group => group).Select(start => start.Chain));
        while (open.TryPop(out var name))
        {
            if (Chains.TryGetValue(name, out var chain) && found.Add(chain))
            {
                foreach (var rule in chain.Rules.Where(rule => rule.Target.Length > 0))
                {
                    open.Push(rule.Target);
                }
            }
        }

        return found;
    }
}
