using Metron.Synthesis;

namespace Metron.NetworkFunctions.Declarations;

/// <summary>Declarations of configured functions: where synthesis and offload learn what a function does.</summary>
public static class FunctionDeclarations
{
    /// <summary>The declaration of a function.</summary>
    /// <exception cref="ArgumentException">A configuration of an unknown kind.</exception>
    public static FunctionDeclaration Of(NetworkFunctionConfiguration configuration) => Of(configuration, HeaderMatches.ToHeaderMatch);

    /// <summary>The declaration of a function.</summary>
    /// <param name="configuration">The function.</param>
    /// <param name="headerMatch">Gives what <see cref="HeaderMatches.ToHeaderMatch"/> gives, for the matches of many rules perhaps from memory.</param>
    /// <exception cref="ArgumentException">A configuration of an unknown kind.</exception>
    public static FunctionDeclaration Of(NetworkFunctionConfiguration configuration, Func<PacketMatch, HeaderMatch> headerMatch) =>
        NetworkFunctionKind.Of(configuration)?.Declare(configuration, headerMatch)
        ?? throw new ArgumentException($"{configuration.GetType().Name} has no declaration", nameof(configuration));
}
