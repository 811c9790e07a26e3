using System.Text;
using Metron.Orchestration;

namespace Metron.Cli.Compile;

/// <summary>
/// The traffic classes of a chain as a graph: from each ingress through what the functions decide to where packets leave or are dropped.
/// Each arrow names its decision and the classes that take it.
/// </summary>
internal sealed class ClassGraph
{
    private const int MostIds = 8;

    private readonly string _title;
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, int> _indices = [];
    private readonly Dictionary<(int From, int To, string Label), List<int>> _arrows = [];

    private ClassGraph(string title) => _title = title;

    private enum Shape
    {
        Endpoint,
        Switch,
        Server,
        Drop,
    }

    /// <summary>The graph of a compiled chain.</summary>
    public static ClassGraph Of(Compilation compilation)
    {
        var graph = new ClassGraph(compilation.Spec.Name);
        foreach (var planned in compilation.Plan.Classes)
        {
            graph.Add(compilation, planned);
        }

        return graph;
    }

    /// <summary>In the language of Graphviz: <c>dot -Tsvg</c> draws it.</summary>
    public string ToGraphviz()
    {
        var text = new StringBuilder($"digraph \"{_title}\" {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n");
        for (var i = 0; i < _nodes.Count; i++)
        {
            var style = _nodes[i].Shape switch
            {
                Shape.Endpoint => "shape=ellipse",
                Shape.Switch => "shape=box, style=filled, fillcolor=\"#dce9f7\"",
                Shape.Server => "shape=box, style=filled, fillcolor=\"#e6f4e1\"",
                _ => "shape=plaintext, fontcolor=\"#b00020\"",
            };
            text.Append($"  n{i} [label=\"{Quoted(_nodes[i].Label)}\", {style}];\n");
        }

        foreach (var ((from, to, label), ids) in _arrows)
        {
            text.Append($"  n{from} -> n{to} [label=\"{Quoted(label.Length == 0 ? Ids(ids) : $"{label} ({Ids(ids)})")}\"];\n");
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>In the language of Mermaid, as Markdown viewers draw it.</summary>
    public string ToMermaid()
    {
        var text = new StringBuilder($"---\ntitle: {_title}\n---\nflowchart LR\n");
        for (var i = 0; i < _nodes.Count; i++)
        {
            var label = Entity(_nodes[i].Label);
            text.Append(_nodes[i].Shape switch
            {
                Shape.Endpoint => $"  n{i}([\"{label}\"])\n",
                Shape.Drop => $"  n{i}{{{{\"{label}\"}}}}\n",
                _ => $"  n{i}[\"{label}\"]\n",
            });
        }

        foreach (var ((from, to, label), ids) in _arrows)
        {
            text.Append($"  n{from} -->|\"{Entity(label.Length == 0 ? Ids(ids) : $"{label} ({Ids(ids)})")}\"| n{to}\n");
        }

        return text.ToString();
    }

    private void Add(Compilation compilation, PlannedClass planned)
    {
        var at = Find($"in {planned.Ingress}", ServerEndpoints.NameOf(compilation.Spec, planned.Ingress), Shape.Endpoint);
        var decision = "";
        var shape = planned.DecidedBy == DecidedBy.Switch ? Shape.Switch : Shape.Server;
        for (var i = 0; i < planned.Steps.Count; i++)
        {
            var step = planned.Steps[i];
            var function = compilation.Spec.Functions[step.Function];
            var next = Find($"f {step.Function} {step.Port}", $"{function.Name}\n{function.Ports[step.Port]}", shape);
            Connect(at, next, decision, planned.Id);
            decision = Decision(planned.Path[i]);
            at = next;
        }

        var end = planned.Egress >= 0
            ? Find($"out {planned.Egress}", ServerEndpoints.NameOf(compilation.Spec, planned.Egress), Shape.Endpoint)
            : Find($"drop {planned.DropReason}", $"dropped: {planned.DropReason}", Shape.Drop);
        Connect(at, end, decision, planned.Id);
    }

    // "fw: allow" is "allow" on the arrow that leaves fw.
    private static string Decision(string text) => text[(text.IndexOf(": ", StringComparison.Ordinal) + 2)..];

    private int Find(string key, string label, Shape shape)
    {
        if (!_indices.TryGetValue(key, out var index))
        {
            index = _nodes.Count;
            _indices[key] = index;
            _nodes.Add(new Node(label, shape));
        }
        else if (shape == Shape.Server && _nodes[index].Shape == Shape.Switch)
        {
            // What the switch decides for some classes only is still a function of the server.
            _nodes[index] = _nodes[index] with { Shape = shape };
        }

        return index;
    }

    private void Connect(int from, int to, string label, int id)
    {
        if (!_arrows.TryGetValue((from, to, label), out var ids))
        {
            _arrows[(from, to, label)] = ids = [];
        }

        ids.Add(id);
    }

    private static string Ids(List<int> ids) =>
        (ids.Count == 1 ? "class " : "classes ") + string.Join(", ", ids.Take(MostIds)) + (ids.Count > MostIds ? $" and {ids.Count - MostIds} more" : "");

    private static string Quoted(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Entity(string text) => text.Replace("\"", "#quot;", StringComparison.Ordinal).Replace("\n", "<br/>", StringComparison.Ordinal);

    private sealed record Node(string Label, Shape Shape);
}
