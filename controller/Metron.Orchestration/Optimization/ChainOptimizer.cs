using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Optimization;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>A chain whose functions have only those rules and routes that have an effect.</summary>
/// <param name="Spec">The chain: functions, endpoints and links as written, in their order.</param>
/// <param name="Graph">It as a graph.</param>
/// <param name="Synthesis">Its traffic classes.</param>
/// <param name="Warnings">What was left out.</param>
internal sealed record OptimizedChain(ChainSpec Spec, FunctionGraph Graph, SynthesisResult Synthesis, ChainWarnings Warnings)
{
    /// <summary>For each function and port, at least the packets that can enter by it; null when that was too much to compute.</summary>
    public IReadOnlyList<IReadOnlyList<HeaderSpace>>? Arrivals { get; init; }

    /// <summary>The functions without what has no effect in each by itself, by name.</summary>
    public required IReadOnlyDictionary<string, OptimizedFunction> Alone { get; init; }
}

/// <summary>Leaves out what has no effect: first in each function by itself, then what no packet comes to because of the rest of the chain.</summary>
internal static class ChainOptimizer
{
    /// <summary>Optimises a chain.</summary>
    /// <param name="spec">The chain.</param>
    /// <param name="declare">Declares functions; null: from their configuration.</param>
    /// <param name="known">Gives the traffic classes of a graph when they are known already; null when nothing is.</param>
    /// <param name="before">An earlier revision of the chain, if that is known: the result is the same, and takes less time.</param>
    public static OptimizedChain Optimize(
        ChainSpec spec,
        Func<NetworkFunctionConfiguration, FunctionDeclaration>? declare = null,
        Func<FunctionGraph, SynthesisResult?>? known = null,
        OptimizedChain? before = null)
    {
        var found = spec.Functions.Select(function => FunctionOptimizer.Optimize(function, before?.Alone.GetValueOrDefault(function.Name))).ToList();
        var alone = new Dictionary<string, OptimizedFunction>(StringComparer.Ordinal);
        for (var i = 0; i < found.Count; i++)
        {
            alone[spec.Functions[i].Name] = found[i];
        }

        var optimized = With(spec, found);
        var graph = ChainGraph.Build(optimized, declare);
        var synthesis = known?.Invoke(graph) ?? Synthesizer.Run(graph);
        var arrivals = ByPort(graph, synthesis);
        if (arrivals is not null)
        {
            var again = spec.Functions.Select((function, index) => FunctionOptimizer.Optimize(function, arrivals[index])).ToList();
            if (again.Zip(found).Any(pair => !ReferenceEquals(pair.First, pair.Second)))
            {
                (found, optimized) = (again, With(spec, again));
                graph = ChainGraph.Build(optimized, declare);
                synthesis = known?.Invoke(graph) ?? Synthesizer.Run(graph);
            }
        }

        return new OptimizedChain(optimized, graph, synthesis, Warnings(spec, found)) { Arrivals = arrivals, Alone = alone };
    }

    private static List<IReadOnlyList<HeaderSpace>>? ByPort(FunctionGraph graph, SynthesisResult synthesis) => synthesis.Arrivals is not { } arrivals ? null :
    [
        .. graph.Functions.Select((function, index) => (IReadOnlyList<HeaderSpace>)
            [.. function.Ports.Select((_, port) => arrivals.GetValueOrDefault(GraphNode.OfFunction(index, port), HeaderSpace.Empty))]),
    ];

    private static ChainSpec With(ChainSpec spec, IReadOnlyList<OptimizedFunction> functions) =>
        functions.Zip(spec.Functions).All(pair => ReferenceEquals(pair.First.Configuration, pair.Second))
            ? spec
            : spec with { Functions = [.. functions.Select(function => function.Configuration)] };

    private static ChainWarnings Warnings(ChainSpec spec, List<OptimizedFunction> functions) => new(
        [
            .. functions
                .SelectMany((function, index) => function.Warnings.Select(warning => new ChainWarning(
                    warning.Code,
                    SpecPaths.Configuration(index, spec.Functions[index], warning.Field),
                    warning.Message,
                    warning.Related.Length == 0 ? "" : SpecPaths.Configuration(index, spec.Functions[index], warning.Related))))
                .Take(ChainWarnings.Most),
        ],
        functions.Sum(function => function.WarningCount));
}
