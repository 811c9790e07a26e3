using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// A chain as graph without what has no effect, its traffic classes, and which part of it the switch carries out. Follows from the spec
/// alone; kept for as long as the spec.
/// </summary>
internal sealed class CompiledChain
{
    private static readonly ConditionalWeakTable<ChainSpec, CompiledChain> Known = [];
    private readonly OptimizedChain _optimized;

    private CompiledChain(ChainSpec spec)
    {
        _optimized = ChainOptimizer.Optimize(spec);
        SwitchPart = SwitchPartBuilder.Build(Graph);
    }

    /// <summary>The chain that switch and servers run: rules and routes without effect are left out, all else is as written.</summary>
    public ChainSpec Spec => _optimized.Spec;

    public FunctionGraph Graph => _optimized.Graph;

    public SynthesisResult Synthesis => _optimized.Synthesis;

    /// <summary>What has no effect.</summary>
    public ChainWarnings Warnings => _optimized.Warnings;

    public SwitchPart SwitchPart { get; }

    /// <summary>The paths that end at a server.</summary>
    public IEnumerable<SwitchPath> ServerPaths => SwitchPart.Paths.Where(path => !path.End.IsEndpoint);

    public static CompiledChain Of(ChainSpec spec) => Known.GetValue(spec, key => new CompiledChain(key));
}
