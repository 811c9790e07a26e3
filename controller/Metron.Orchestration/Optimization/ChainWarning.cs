using Metron.NetworkFunctions.Optimization;

namespace Metron.Orchestration;

/// <summary>Something in a chain's spec that has no effect: allowed, and likely not meant.</summary>
/// <param name="Code">Which kind.</param>
/// <param name="Path">Where, in JSON names: <c>spec.functions[0].firewall.rules[17]</c>.</param>
/// <param name="Message">A sentence for operators that names both rules.</param>
/// <param name="RelatedPath">The rule or route that it is about too; empty for none.</param>
public sealed record ChainWarning(WarningCode Code, string Path, string Message, string RelatedPath);

/// <summary>The warnings of a chain.</summary>
/// <param name="First">The first <see cref="Most"/>, in the order of the spec.</param>
/// <param name="Count">How many there are.</param>
public sealed record ChainWarnings(IReadOnlyList<ChainWarning> First, int Count)
{
    /// <summary>Most warnings that are put into words.</summary>
    public const int Most = 100;

    /// <summary>What has no effect in a chain. Follows from the spec alone.</summary>
    /// <param name="spec">A chain that <see cref="ChainValidator"/> has nothing to say about.</param>
    public static ChainWarnings Of(NetworkFunctions.Chains.ChainSpec spec) => CompiledChain.Of(spec).Warnings;
}
