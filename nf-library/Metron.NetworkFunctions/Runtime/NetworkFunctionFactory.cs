namespace Metron.NetworkFunctions.Runtime;

/// <summary>
/// Makes network functions from configurations. What a configuration compiles to (routes, rules, hash tables of backends) is immutable and
/// is made once for all instances that are created from the same configuration object; state is every instance's own.
/// </summary>
public static class NetworkFunctionFactory
{
    /// <summary>
    /// Makes one function for one worker. Thread-safe; takes up to a second for a million routes, so not for the worker's thread.
    /// </summary>
    /// <exception cref="ArgumentException">The configuration is of a kind that does not run on servers, its patterns do not compile, or a key cannot be read.</exception>
    /// <exception cref="Inspection.VectorscanMissingException">Deep packet inspection, and its library is not there.</exception>
    public static NetworkFunction Create(NetworkFunctionConfiguration configuration, WorkerResources resources) =>
        NetworkFunctionKind.Of(configuration)?.Create(configuration, resources)
        ?? throw new ArgumentException($"{configuration.GetType().Name} does not run on servers", nameof(configuration));
}
