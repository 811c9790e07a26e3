using System.Diagnostics.CodeAnalysis;
using Metron.NetworkFunctions.Chains;

namespace Metron.Mapping;

/// <summary>A chain as far as it could be read, and what is wrong with it.</summary>
/// <param name="Graph">
/// The chain. Complete when there is no violation; otherwise its elements, kinds, router ports and links are right, so that the
/// graph can be checked too and all problems be told in one answer, but values with problems are missing. Null when not even that
/// could be read.
/// </param>
/// <param name="Violations">Every problem, in the order of the spec: <see cref="SpecLimits.Violations"/> of them, then how many more.</param>
public sealed record MappedChain(ChainSpec? Graph, IReadOnlyList<Violation> Violations)
{
    /// <summary>The chain to work with.</summary>
    /// <returns>False when there is any violation.</returns>
    public bool TryGetSpec([NotNullWhen(true)] out ChainSpec? spec)
    {
        spec = Violations.Count == 0 ? Graph : null;
        return spec is not null;
    }
}
