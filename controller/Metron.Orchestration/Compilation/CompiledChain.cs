using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>A chain as graph, which part of it the switch carries out, and its traffic classes. Follows from the spec alone.</summary>
internal sealed class CompiledChain
{
    private readonly Lazy<SynthesisResult> _synthesis;

    private CompiledChain(ChainSpec spec, CompilationMemory memory, CompiledChain? before)
    {
        Spec = spec;
        Memory = memory;
        Graph = ChainGraph.Build(spec, memory.Declare);
        SwitchPart = SwitchPartBuilder.Build(Graph, null, memory.Offload);
        Contents = [.. spec.Functions.Select(memory.ContentOf)];
        var same = before is not null && IsSynthesizedAlike(before) ? before._synthesis : null;
        _synthesis = same ?? new Lazy<SynthesisResult>(() => Synthesizer.Run(Graph));
        memory.Complete();
    }

    public ChainSpec Spec { get; }

    public FunctionGraph Graph { get; }

    public SwitchPart SwitchPart { get; }

    /// <summary>Traffic classes; computed when first asked for.</summary>
    public SynthesisResult Synthesis => _synthesis.Value;

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
    private bool IsSynthesizedAlike(CompiledChain before) =>
        Graph.Endpoints.SequenceEqual(before.Graph.Endpoints)
        && Graph.Functions.SequenceEqual(before.Graph.Functions, ReferenceEqualityComparer.Instance)
        && Graph.Wires.Count == before.Graph.Wires.Count
        && Graph.Wires.Zip(before.Graph.Wires).All(pair => pair.First.SequenceEqual(pair.Second));
}
