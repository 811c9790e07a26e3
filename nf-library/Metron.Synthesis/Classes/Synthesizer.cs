namespace Metron.Synthesis;

/// <summary>
/// Finds the traffic classes of a chain: walks its graph depth first from each ingress over the outcomes of functions, and keeps those
/// paths that some packet can take. A filter on a field that was rewritten before is resolved through the rewrite.
/// </summary>
public sealed class Synthesizer
{
    private readonly FunctionGraph _graph;
    private readonly SynthesisLimits _limits;
    private readonly RegionAlgebra _algebra;
    private readonly List<TrafficClass> _classes = [];
    private readonly List<ClassStep> _path = [];
    private readonly List<HeaderWrite> _writes = [];
    private readonly List<StateCondition> _conditions = [];
    private readonly HashSet<GraphNode> _visited = [];
    private readonly Dictionary<GraphNode, Region> _arrivals = [];
    private int _ingress;
    private bool _isComplete = true;

    private Synthesizer(FunctionGraph graph, SynthesisLimits limits)
    {
        _graph = graph;
        _limits = limits;
        _algebra = new RegionAlgebra(limits);
    }

    /// <summary>All classes, from every ingress.</summary>
    public static SynthesisResult Run(FunctionGraph graph, SynthesisLimits? limits = null)
    {
        var walk = new Synthesizer(graph, limits ?? SynthesisLimits.Default);
        for (var endpoint = 0; endpoint < graph.Endpoints.Count; endpoint++)
        {
            if (graph.Endpoints[endpoint].IsIngress)
            {
                walk._ingress = endpoint;
                walk.Enter(graph.Endpoints[endpoint].First, new Region(graph.Endpoints[endpoint].Match.ToSpace(), true));
            }
        }

        return walk.Result();
    }

    /// <summary>Classes of certain packets from a point inside the chain on.</summary>
    /// <param name="graph">The chain.</param>
    /// <param name="start">Where they are about to enter.</param>
    /// <param name="packets">The packets.</param>
    /// <param name="limits">How much may be computed.</param>
    /// <returns>Classes whose ingress is -1.</returns>
    public static SynthesisResult Explore(FunctionGraph graph, GraphNode start, HeaderSpace packets, SynthesisLimits? limits = null)
    {
        var walk = new Synthesizer(graph, limits ?? SynthesisLimits.Default) { _ingress = -1 };
        walk.Enter(start, new Region(packets, true));
        return walk.Result();
    }

    private SynthesisResult Result() => new(ClassMerger.Merge(_graph, _classes), _isComplete)
    {
        Arrivals = _isComplete ? _arrivals.ToDictionary(arrival => arrival.Key, arrival => arrival.Value.Space) : null,
    };

    private void Enter(GraphNode node, Region region)
    {
        if (region.IsEmpty || !_isComplete)
        {
            return;
        }

        if (node.IsEndpoint)
        {
            var isEgress = _graph.Endpoints[node.Endpoint].IsEgress;
            Add(isEgress ? node.Endpoint : -1, isEgress ? null : "notAnEgress", region);
        }
        else
        {
            _arrivals[node] = _arrivals.TryGetValue(node, out var before) ? _algebra.Union(before, region) : region;
            Visit(node, region);
        }
    }

    private void Visit(GraphNode node, Region region)
    {
        if (!_visited.Add(node))
        {
            Add(-1, "routingLoop", region);
            return;
        }

        Decide(node, region);
        _visited.Remove(node);
    }

    private void Decide(GraphNode node, Region region)
    {
        var function = _graph.Functions[node.Function];
        var port = function.Ports[node.Port];
        var results = new PortResults(_algebra);
        results.Evaluate(port.Stages, region);
        foreach (var (reason, dropped) in results.Drops)
        {
            Step(node, -1, () => Add(-1, reason, dropped));
        }

        foreach (var (outcome, packets) in results.Outcomes)
        {
            var conditions = _conditions.Count;
            AddCondition(node.Function, port.Treatments[outcome], results, outcome);
            Step(node, outcome, () => Follow(node.Function, port.Treatments[outcome], packets));
            _conditions.RemoveRange(conditions, _conditions.Count - conditions);
        }
    }

    private void AddCondition(int function, Treatment treatment, PortResults results, int outcome)
    {
        if (treatment.Needs is { } needs)
        {
            _conditions.Add(new StateCondition(function, needs, true));
        }
        else if (treatment.WhenStateDecides is { } condition && results.DecidedByState.Contains(outcome))
        {
            _conditions.Add(new StateCondition(function, condition, !results.DecidedByHeaders.Contains(outcome)));
        }
    }

    private void Step(GraphNode node, int outcome, Action next)
    {
        _path.Add(new ClassStep(node.Function, node.Port, outcome));
        next();
        _path.RemoveAt(_path.Count - 1);
    }

    private void Follow(int function, Treatment treatment, Region region)
    {
        if (treatment.DropReason is { } reason)
        {
            Add(-1, reason, region);
            return;
        }

        var writes = _writes.Count;
        _writes.AddRange(treatment.Writes);
        Enter(_graph.Behind(function, treatment.ExitPort), _algebra.Rewrite(region, treatment.Rewrites));
        _writes.RemoveRange(writes, _writes.Count - writes);
    }

    private void Add(int egress, string? dropReason, Region region)
    {
        if (region.IsEmpty)
        {
            return;
        }

        if (_classes.Count == _limits.MaximumClasses)
        {
            _isComplete = false;
            return;
        }

        _classes.Add(new TrafficClass(_classes.Count + 1, _ingress, [.. _path], egress)
        {
            DropReason = dropReason,
            IsCertain = region.IsExact,
            Writes = egress >= 0 ? Composition.Of(_writes) : [],
            Conditions = [.. _conditions],
        });
    }
}
