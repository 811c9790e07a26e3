using Metron.NetworkFunctions.Chains;

namespace Metron.Orchestration;

/// <summary>Checks what field-level validation cannot see: the chain as a graph, its surroundings, and other chains.</summary>
public static class ChainValidator
{
    /// <summary>Most rules that the match of one endpoint may take on a switch.</summary>
    public const int MaximumEntranceRules = 4096;

    /// <summary>Finds everything that is wrong, in the order of the spec. Empty: the chain can be planned.</summary>
    /// <param name="spec">The chain, each field valid by itself.</param>
    /// <param name="inventory">Switches and servers.</param>
    /// <param name="others">The other chains (a chain of the same name is ignored).</param>
    public static IReadOnlyList<Violation> Validate(ChainSpec spec, Inventory inventory, IReadOnlyList<ChainSpec> others) =>
        [];

}
