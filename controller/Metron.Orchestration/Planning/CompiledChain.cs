using Metron.NetworkFunctions.Chains;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>A chain as graph, and which part of it the switch carries out. Follows from the spec alone.</summary>
internal sealed record CompiledChain(ChainSpec Spec, FunctionGraph Graph, SwitchPart SwitchPart)
{
    public static CompiledChain Of(ChainSpec spec)
    {
        var graph = ChainGraph.Build(spec);
        return new CompiledChain(spec, graph, SwitchPartBuilder.Build(graph));
    }

    /// <summary>The paths that end at a server.</summary>
    public IEnumerable<SwitchPath> ServerPaths => SwitchPart.Paths.Where(path => !path.End.IsEndpoint);
}
