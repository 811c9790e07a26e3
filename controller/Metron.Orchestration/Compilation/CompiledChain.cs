using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// A chain as graph without what has no effect, which part of it the switch carries out, and its traffic classes. Follows from the spec alone, but for <see cref="Cut"/>.
/// </summary>
internal sealed class CompiledChain
{
    private static readonly ConditionalWeakTable<ChainSpec, CompiledChain> Known = [];

    private readonly OptimizedChain _optimized;
    private readonly ChainSpec _written;

    private CompiledChain(ChainSpec spec, CompilationMemory memory, CompiledChain? before)
    {
        Memory = memory;
        _written = before is null ? spec : SpecRecognition.Recognize(spec, before._written);
        _optimized = ChainOptimizer.Optimize(
            _written, memory.Declare, graph => before is not null && IsSame(graph, before.Graph) ? before.Synthesis : null, before?._optimized);
        SwitchPart = SwitchPartBuilder.Build(Graph, null, memory.Offload);
        Contents = [.. Spec.Functions.Select(memory.ContentOf)];
        memory.Complete();
    }

    /// <summary>Another part of the same chain for the switch.</summary>
    private CompiledChain(CompiledChain whole, SwitchPart part)
    {
        (Memory, _written, _optimized, Contents, SwitchPart) = (whole.Memory, whole._written, whole._optimized, whole.Contents, part);
    }

    /// <summary>The chain that switch and servers run: rules and routes without effect are left out, all else is as written.</summary>
    public ChainSpec Spec => _optimized.Spec;

    public FunctionGraph Graph => _optimized.Graph;

    /// <summary>What has no effect.</summary>
    public ChainWarnings Warnings => _optimized.Warnings;

    /// <summary>For each function and port, at least the packets that can enter by it; null when that was too much to compute.</summary>
    public IReadOnlyList<IReadOnlyList<HeaderSpace>>? Arrivals => _optimized.Arrivals;

    internal IReadOnlyDictionary<string, NetworkFunctions.Optimization.OptimizedFunction> Alone => _optimized.Alone;

    public SwitchPart SwitchPart { get; }

    /// <summary>Traffic classes.</summary>
    public SynthesisResult Synthesis => _optimized.Synthesis;

    /// <summary>Fingerprints of the functions, by index.</summary>
    public IReadOnlyList<FunctionContent> Contents { get; }

    /// <summary>What the next revision need not work out again.</summary>
    public CompilationMemory Memory { get; }

    /// <summary>The paths that end at a server.</summary>
    public IEnumerable<SwitchPath> ServerPaths => SwitchPart.Paths.Where(path => !path.End.IsEndpoint);

    /// <summary>Compiles a chain. Kept for as long as the spec object, which validation, planning and warnings ask about one after the other.</summary>
    /// <param name="spec">The chain.</param>
    /// <param name="before">An earlier revision, so that only what is new is worked out. The result is the same without it.</param>
    public static CompiledChain Of(ChainSpec spec, CompiledChain? before = null) => Known.TryGetValue(spec, out var known)
        ? known
        : Known.GetValue(spec, key => new CompiledChain(key, before?.Memory.Next() ?? CompilationMemory.Begin(), before));

    /// <summary>The chain with less for the switch.</summary>
    /// <param name="cuts">Where the switch's part ends sooner than it could.</param>
    public CompiledChain Cut(IReadOnlyList<SwitchCut> cuts)
    {
        if (cuts.Count == 0)
        {
            return this;
        }

        var memory = Memory.Offload.Next();
        var part = SwitchPartBuilder.Build(Graph, null, memory, cuts);
        memory.Complete();
        return new CompiledChain(this, part);
    }

    /// <summary>What a chain was compiled to, if that is known.</summary>
    public static CompiledChain? IfKnown(ChainSpec? spec) => spec is not null && Known.TryGetValue(spec, out var known) ? known : null;

    /// <summary>Whether synthesis would see the same graph: the very same declarations, wired alike.</summary>
    private static bool IsSame(FunctionGraph graph, FunctionGraph before) =>
        graph.Endpoints.SequenceEqual(before.Endpoints)
        && graph.Functions.SequenceEqual(before.Functions, ReferenceEqualityComparer.Instance)
        && graph.Wires.Count == before.Wires.Count
        && graph.Wires.Zip(before.Wires).All(pair => pair.First.SequenceEqual(pair.Second));
}
