using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// A chain as graph without what has no effect, which part of it the switch carries out, and its traffic classes. Follows from the spec alone.
/// </summary>
internal sealed class CompiledChain
{
    private readonly OptimizedChain _optimized;

    private CompiledChain(ChainSpec spec, CompilationMemory memory, CompiledChain? before)
    {
        Memory = memory;
        _optimized = ChainOptimizer.Optimize(spec, memory.Declare, graph => before is not null && IsSame(graph, before.Graph) ? before.Synthesis : null);
        SwitchPart = SwitchPartBuilder.Build(Graph, null, memory.Offload);
        Contents = [.. Spec.Functions.Select(memory.ContentOf)];
        memory.Complete();
    }

    /// <summary>The chain that switch and servers run: rules and routes without effect are left out, all else is as written.</summary>
    public ChainSpec Spec => _optimized.Spec;

    public FunctionGraph Graph => _optimized.Graph;

    /// <summary>What has no effect.</summary>
    public ChainWarnings Warnings => _optimized.Warnings;

    /// <summary>For each function and port, at least the packets that can enter by it; null when that was too much to compute.</summary>
    public IReadOnlyList<IReadOnlyList<HeaderSpace>>? Arrivals => _optimized.Arrivals;

    public SwitchPart SwitchPart { get; }

    /// <summary>Traffic classes.</summary>
    public SynthesisResult Synthesis => _optimized.Synthesis;

    /// <summary>Fingerprints of the functions, by index.</summary>
    public IReadOnlyList<FunctionContent> Contents { get; }

    /// <summary>What the next revision need not work out again.</summary>
    public CompilationMemory Memory { get; }

    /// <summary>The paths that end at a server.</summary>
    public IEnumerable<SwitchPath> ServerPaths => SwitchPart.Paths.Where(path => !path.End.IsEndpoint);

    /// <summary>Compiles a chain.</summary>
    /// <param name="spec">The chain.</param>
    /// <param name="before">An earlier revision, so that only what is new is worked out. The result is the same without it.</param>
    public static CompiledChain Of(ChainSpec spec, CompiledChain? before = null) =>
        new(spec, before?.Memory.Next() ?? CompilationMemory.Begin(), before);

    /// <summary>Whether synthesis would see the same graph: the very same declarations, wired alike.</summary>
    private static bool IsSame(FunctionGraph graph, FunctionGraph before) =>
        graph.Endpoints.SequenceEqual(before.Endpoints)
        && graph.Functions.SequenceEqual(before.Functions, ReferenceEqualityComparer.Instance)
        && graph.Wires.Count == before.Wires.Count
        && graph.Wires.Zip(before.Wires).All(pair => pair.First.SequenceEqual(pair.Second));
}
