namespace Metron.NetworkFunctions.Optimization;

/// <summary>Something in a function's configuration that has no effect: allowed, and likely not meant.</summary>
/// <param name="Code">Which kind.</param>
/// <param name="Field">Where, within the configuration: <c>rules[17]</c>.</param>
/// <param name="Message">A sentence for operators that names both rules.</param>
/// <param name="Related">The rule or route that it is about too, within the configuration; empty for the default or none.</param>
public sealed record FunctionWarning(WarningCode Code, string Field, string Message, string Related);

/// <summary>Why a rule or a route has no effect.</summary>
public enum WarningCode
{
    /// <summary>Rules before it match all of its packets.</summary>
    Shadowed,

    /// <summary>Without it, the same happens to all of its packets.</summary>
    Redundant,

    /// <summary>No packet that it matches can come to the function.</summary>
    Unreachable,
}

/// <summary>A function without what has no effect.</summary>
/// <param name="Configuration">The function; the same object when nothing was left out.</param>
/// <param name="Warnings">The first <see cref="MostWarnings"/> that were found.</param>
/// <param name="WarningCount">How many were found.</param>
public sealed record OptimizedFunction(NetworkFunctionConfiguration Configuration, IReadOnlyList<FunctionWarning> Warnings, int WarningCount)
{
    /// <summary>Most warnings of a function that are put into words.</summary>
    public const int MostWarnings = 100;

    /// <summary>A function that keeps all it has.</summary>
    public OptimizedFunction(NetworkFunctionConfiguration configuration)
        : this(configuration, [], 0)
    {
    }

    /// <summary>How the rules of a firewall were looked into.</summary>
    internal FirewallListing? Listing { get; init; }
}
