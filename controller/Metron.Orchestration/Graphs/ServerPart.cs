using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>What of a chain packets may meet on a server: functions and endpoints that can be reached from where they enter it.</summary>
/// <param name="Functions">Functions, in the order of the spec.</param>
/// <param name="Endpoints">Endpoints, in the order of the spec.</param>
internal sealed record ServerPart(IReadOnlyList<int> Functions, IReadOnlyList<int> Endpoints)
{
    /// <summary>
    /// Whether a function sends packets on by one port or the other is its own business (a NAPT may turn them back), so all of its ports
    /// are followed.
    /// </summary>
    public static ServerPart Of(FunctionGraph graph, SwitchPart part)
    {
        SortedSet<int> functions = [], endpoints = [];
        var open = new Stack<GraphNode>(part.Paths.Select(path => path.End).Where(end => !end.IsEndpoint));
        while (open.TryPop(out var node))
        {
            if (node.IsEndpoint)
            {
                endpoints.Add(node.Endpoint);
            }
            else if (functions.Add(node.Function))
            {
                foreach (var neighbor in graph.Wires[node.Function])
                {
                    open.Push(neighbor);
                }
            }
        }

        return new ServerPart([.. functions], [.. endpoints]);
    }
}
