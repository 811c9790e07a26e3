using Metron.Synthesis;

namespace Metron.Offload;

/// <summary>What the switch carries out of a chain.</summary>
/// <param name="Paths">One for each ingress endpoint, in their order.</param>
public sealed record SwitchPart(IReadOnlyList<SwitchPath> Paths)
{
    /// <summary>Whether anything is left for a server.</summary>
    public bool NeedsServer => Paths.Any(path => !path.End.IsEndpoint);
}

/// <summary>The way of packets from an ingress through the switch: functions one behind the other, as routers end it.</summary>
/// <param name="Endpoint">Where packets enter.</param>
/// <param name="Stages">What happens to them on the way, in order. A stage of a function that stays on the server only drops.</param>
/// <param name="End">Where they go then: to an endpoint, or (by a server) into a function.</param>
public sealed record SwitchPath(int Endpoint, IReadOnlyList<StageProgram> Stages, GraphNode End)
{
    /// <summary>What the functions that are left to the switch decide for packets that reach the end.</summary>
    public IReadOnlyList<ClassStep> Passed { get; init; } = [];

    /// <summary>Whether the switch has only some of the rules of the function at the end, so that it may drop packets which the server drops otherwise.</summary>
    public bool IsPartial { get; init; }
}

/// <summary>Where the switch's part of a path ends sooner than it could.</summary>
/// <param name="Endpoint">The path, by where packets enter.</param>
/// <param name="At">The function that stays on the server, and the port that packets enter it by.</param>
/// <param name="Kept">Its rules that the switch has all the same, see <see cref="PartialStage"/>; none when empty.</param>
public sealed record SwitchCut(int Endpoint, GraphNode At, IReadOnlyList<int> Kept);

/// <summary>Gives functions to the switch as long as they only filter, and what others are certain to drop.</summary>
public static class SwitchPartBuilder
{
    /// <summary>Finds the switch's part of a chain.</summary>
    /// <param name="graph">The chain.</param>
    /// <param name="limits">What fits on a switch.</param>
    /// <param name="memory">What earlier compilations of the chain worked out, if any; what this one does is noted there.</param>
    /// <param name="cuts">Paths that end sooner, at most one for each endpoint.</param>
    public static SwitchPart Build(FunctionGraph graph, OffloadLimits? limits = null, OffloadMemory? memory = null, IReadOnlyList<SwitchCut>? cuts = null)
    {
        var noted = memory ?? OffloadMemory.Begin();
        return new SwitchPart(
        [
            .. Enumerable.Range(0, graph.Endpoints.Count)
                .Where(endpoint => graph.Endpoints[endpoint].IsIngress)
                .Select(endpoint => BuildPath(
                    graph, endpoint, limits ?? OffloadLimits.Default, noted, cuts?.FirstOrDefault(cut => cut.Endpoint == endpoint))),
        ]);
    }

    private static SwitchPath BuildPath(FunctionGraph graph, int endpoint, OffloadLimits limits, OffloadMemory memory, SwitchCut? cut)
    {
        List<StageProgram> stages = [];
        List<ClassStep> passed = [];
        var table = TableLayout.FirstStage;
        var node = graph.Endpoints[endpoint].First;
        while (!node.IsEndpoint && StageCompiler.Compile(graph, node, table, limits, memory) is { } program)
        {
            if (node == cut?.At)
            {
                return PartialStage.Reduce(program, cut.Kept) is { } partial
                    ? new SwitchPath(endpoint, [.. stages, partial], node) { Passed = passed, IsPartial = true }
                    : new SwitchPath(endpoint, stages, node) { Passed = passed };
            }

            var function = graph.Functions[node.Function];
            var passing = function.NeedsServer ? -1 : OnlyPassing(function.Ports[node.Port]);
            if (program.Segments.Count > 0 && (function.NeedsServer || passing >= 0))
            {
                stages.Add(program);
                table += (byte)program.Segments.Count;
            }

            if (passing < 0)
            {
                break;
            }

            passed.Add(new ClassStep(node.Function, node.Port, passing));
            node = graph.Behind(node.Function, function.Ports[node.Port].Treatments[passing].ExitPort);
        }

        return new SwitchPath(endpoint, stages, node) { Passed = passed };
    }

    /// <summary>The outcome of everything that is not dropped; -1 when there are several, or the headers do not tell.</summary>
    private static int OnlyPassing(PortDeclaration port)
    {
        var isDecided = port.Stages
            .SelectMany(stage => stage.Entries.Select(entry => entry.Result).Append(stage.Default))
            .All(result => result.Outcomes.Count <= 1);
        var passing = Enumerable.Range(0, port.Treatments.Count).Where(outcome => port.Treatments[outcome].DropReason is null).ToList();
        return isDecided && passing.Count == 1 ? passing[0] : -1;
    }
}
