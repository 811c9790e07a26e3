using Metron.NetworkFunctions.Chains;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>What may become of packets on the switch, as the chain is written.</summary>
internal enum WrittenKind
{
    /// <summary>Dropped by a function or at an endpoint where nothing leaves.</summary>
    Drop,

    /// <summary>The server would drop it whatever its state, so the switch may do it.</summary>
    ServerDrops,

    /// <summary>Leaves by an endpoint.</summary>
    Leave,

    /// <summary>Goes to a server, by a tag.</summary>
    Tag,
}

/// <summary>What becomes of packets.</summary>
/// <param name="Kind">What.</param>
/// <param name="Number">The endpoint, or the index among the endpoint's tags.</param>
internal readonly record struct WrittenFate(WrittenKind Kind, int Number = -1);

/// <summary>
/// The chain as written from an endpoint to where the server takes over, as tables: of every function on the way, whether the switch has them or not,
/// and last the choice of the tag, as the server believes it to be made.
/// </summary>
internal sealed class WrittenPath
{
    private readonly VerificationRun _run;
    private readonly int _endpoint;
    private readonly IReadOnlyList<IngressTag> _tags;
    private readonly GraphNode? _entry;
    private readonly bool _withServerDrops;
    private readonly List<Classifier?> _tables = [null];
    private readonly Dictionary<GraphNode, int> _results = [];

    private WrittenPath(VerificationRun run, int endpoint, bool withServerDrops)
    {
        (_run, _endpoint, _withServerDrops) = (run, endpoint, withServerDrops);
        _tags = run.TagsOf(endpoint);
        _entry = _tags.Count > 0 ? run.EntryOf(_tags[0]) : null;
    }

    /// <summary>What results stand for.</summary>
    public List<WrittenFate> Fates { get; } = [];

    /// <summary>Why the server cannot be where it is; null when it can.</summary>
    public string? Problem { get; private set; }

    public ClassifierPipeline Pipeline { get; private set; } = new([]);

    /// <summary>Builds the tables.</summary>
    /// <param name="run">The chain.</param>
    /// <param name="endpoint">Where packets enter.</param>
    /// <param name="withServerDrops">Whether to tell packets apart that the first function on the server is certain to drop.</param>
    public static WrittenPath Build(VerificationRun run, int endpoint, bool withServerDrops)
    {
        var path = new WrittenPath(run, endpoint, withServerDrops);
        var questions = run.Spec.TakesNeighbors(endpoint) && path._tags.Count > 0
            ? path.Questions()
            : [];
        path._tables[0] = Classifier.Of(questions, path.ResultAt(run.Graph.Endpoints[endpoint].First));
        path.Pipeline = new ClassifierPipeline([.. path._tables.Select(table => table!)]);
        return path;
    }

    /// <summary>What a function on the server answers goes there, whatever lies before it.</summary>
    private List<ClassifierRule> Questions()
    {
        var result = Steering();
        return [.. _run.QuestionsAt(_endpoint).Cubes.Select(cube => new ClassifierRule(cube, 0, result, 0))];
    }

    private int ResultAt(GraphNode node)
    {
        if (!_results.TryGetValue(node, out var result))
        {
            // A packet that comes back to a place it has been at goes round for ever: dropped.
            _results[node] = Fate(WrittenKind.Drop);
            _results[node] = result = node == _entry ? Server(node)
                : node.IsEndpoint ? (_run.Graph.Endpoints[node.Endpoint].IsEgress ? Fate(WrittenKind.Leave, node.Endpoint) : Fate(WrittenKind.Drop))
                : Function(node);
        }

        return result;
    }

    private int Function(GraphNode node)
    {
        var function = _run.Graph.Functions[node.Function];
        if (function.NeedsServer)
        {
            Problem ??= _entry is { } entry
                ? $"packets reach {function.Name} before {_run.Graph.Functions[entry.Function].Name}, where the server begins"
                : $"packets reach {function.Name}, which needs a server, but have no tag that leads there";
            return Fate(WrittenKind.Drop);
        }

        var port = function.Ports[node.Port];
        return Tables(port.Stages, result => Decided(node, port, result), Fate(WrittenKind.Drop));
    }

    private int Decided(GraphNode node, PortDeclaration port, StageResult result)
    {
        if (result.DropReason is not null)
        {
            return Fate(WrittenKind.Drop);
        }

        if (result.Outcomes.Count != 1)
        {
            Problem ??= $"headers alone do not tell what {_run.Graph.Functions[node.Function].Name} decides, but no server is asked";
            return Fate(WrittenKind.Drop);
        }

        var treatment = port.Treatments[result.Outcomes[0]];
        return treatment.DropReason is not null ? Fate(WrittenKind.Drop) : ResultAt(_run.Graph.Behind(node.Function, treatment.ExitPort));
    }

    private int Server(GraphNode node)
    {
        var port = _run.Graph.Functions[node.Function].Ports[node.Port];
        var steering = Steering();
        return _withServerDrops
            ? Tables(port.Stages, result => IsCertainDrop(port, result) ? Fate(WrittenKind.ServerDrops) : steering, steering)
            : steering;
    }

    private static bool IsCertainDrop(PortDeclaration port, StageResult result) =>
        result.DropReason is not null || result.Outcomes.All(outcome => port.Treatments[outcome].DropReason is not null);

    /// <summary>The tables of a function's port.</summary>
    /// <returns>The result that leads to the first of them.</returns>
    private int Tables(IReadOnlyList<StageTable> stages, Func<StageResult, int> resultOf, int behindLast)
    {
        var first = _tables.Count;
        _tables.AddRange(stages.Select(_ => (Classifier?)null));
        for (var i = 0; i < stages.Count; i++)
        {
            var next = i + 1 < stages.Count ? Classifier.Continue(first + i + 1) : behindLast;
            int Result(StageResult result) => result.IsNext ? next : resultOf(result);
            var rules = stages[i].Entries.SelectMany((entry, index) =>
                entry.Match.ToSpace().Cubes.Select(cube => new ClassifierRule(cube, index, Result(entry.Result), index)));
            _tables[first + i] = Classifier.Of(rules.ToList(), Result(stages[i].Default));
        }

        return stages.Count > 0 ? Classifier.Continue(first) : behindLast;
    }

    /// <summary>The table of tags: by bits of a port of TCP and UDP; whatever has no ports goes where 0 goes.</summary>
    private int Steering()
    {
        List<ClassifierRule> rules = [];
        var rest = 0;
        for (var tag = 0; tag < _tags.Count; tag++)
        {
            var result = Fate(WrittenKind.Tag, tag);
            rest = _tags[tag].SteeringMask == 0 || _tags[tag].SteeringValues.Contains((ushort)0) ? result : rest;
            rules.AddRange(SteeredBy(_tags[tag]).Select(cube => new ClassifierRule(cube, tag, result, tag)));
        }

        _tables.Add(Classifier.Of(rules, rest));
        return Classifier.Continue(_tables.Count - 1);
    }

    private static IEnumerable<HeaderCube> SteeredBy(IngressTag tag)
    {
        var field = tag.Steering == SteeringField.SourcePort ? HeaderField.SourcePort : HeaderField.DestinationPort;
        return tag.SteeringMask == 0 ? [] :
            from all in new[] { HeaderCube.AllV4, HeaderCube.AllV6 }
            from protocol in new UInt128[] { 6, 17 }
            from value in tag.SteeringValues
            where FieldSet.TryCreate(Interval.OfWidth(16), value, tag.SteeringMask, out _)
            select all.With(HeaderField.Protocol, FieldSet.Of(protocol)).With(field, Masked(value, tag.SteeringMask));
    }

    private static FieldSet Masked(ushort value, ushort mask)
    {
        FieldSet.TryCreate(Interval.OfWidth(16), value, mask, out var set);
        return set;
    }

    private int Fate(WrittenKind kind, int number = -1)
    {
        var fate = new WrittenFate(kind, number);
        if (!Fates.Contains(fate))
        {
            Fates.Add(fate);
        }

        return Fates.IndexOf(fate);
    }
}
