using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Router;
using Metron.Offload;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>
/// What a straightforward compiler makes of a chain, for comparison: one table per ingress, whose rules are all combinations of an entry of each
/// function on the way that some packet matches. Given up at a bound.
/// </summary>
public sealed class NaiveProduct
{
    private readonly long _mostRules;
    private readonly long _mostSteps;
    private readonly FunctionGraph _graph;
    private readonly ChainSpec _spec;
    private readonly Dictionary<int, StageTable[]> _routes = [];
    private readonly Dictionary<StageTable, List<(HeaderCube Cube, StageResult Result)>> _cubes = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<GraphNode> _visited = [];
    private long _steps;

    private NaiveProduct(ChainSpec spec, long mostRules, long mostSteps)
    {
        (_spec, _mostRules, _mostSteps) = (spec, mostRules, mostSteps);
        _graph = ChainGraph.Build(spec);
    }

    /// <summary>Rules so far, ranges written as masks.</summary>
    public long SwitchRules { get; private set; }

    /// <summary>Whether these are all; otherwise there are more.</summary>
    public bool IsComplete => SwitchRules <= _mostRules && _steps <= _mostSteps;

    /// <summary>Multiplies the tables of a chain as it is written.</summary>
    /// <param name="spec">A chain that has no problems.</param>
    /// <param name="mostRules">Gives up behind so many rules.</param>
    /// <param name="mostSteps">Gives up behind so many tries to combine; a million take about a quarter of a second.</param>
    public static NaiveProduct Of(ChainSpec spec, long mostRules = 2_000_000, long mostSteps = 200_000_000)
    {
        var product = new NaiveProduct(spec, mostRules, mostSteps);
        foreach (var endpoint in product._graph.Endpoints.Where(endpoint => endpoint.IsIngress))
        {
            foreach (var cube in endpoint.Match.ToSpace().Cubes)
            {
                product.Enter(endpoint.First, new Row(cube, cube));
            }
        }

        return product;
    }

    private void Enter(GraphNode node, Row row)
    {
        if (node.IsEndpoint || !_visited.Add(node))
        {
            Emit(row);
            return;
        }

        var port = _graph.Functions[node.Function].Ports[node.Port];
        Evaluate(node, port, 0, row);
        _visited.Remove(node);
    }

    private void Evaluate(GraphNode node, PortDeclaration port, int stage, Row row)
    {
        var table = StagesOf(node.Function, port)[stage];
        foreach (var (cube, result) in CubesOf(table))
        {
            if (!IsComplete)
            {
                return;
            }

            _steps++;
            if (row.Match(cube) is { } both)
            {
                Decide(node, port, stage, result, both);
            }
        }

        Decide(node, port, stage, table.Default, row);
    }

    private List<(HeaderCube Cube, StageResult Result)> CubesOf(StageTable table)
    {
        if (!_cubes.TryGetValue(table, out var cubes))
        {
            _cubes[table] = cubes = [.. table.Entries.SelectMany(entry => entry.Match.ToSpace().Cubes.Select(cube => (cube, entry.Result)))];
        }

        return cubes;
    }

    /// <summary>What a function decides by. A router of many routes declares only that each next hop is possible; here its routes count.</summary>
    private IReadOnlyList<StageTable> StagesOf(int function, PortDeclaration port)
    {
        if (_spec.Functions[function] is not RouterConfiguration { Routes.Count: > RouterDeclaration.MaximumClassRoutes } router)
        {
            return port.Stages;
        }

        if (!_routes.TryGetValue(function, out var stages))
        {
            _routes[function] = stages = [LongestFirst(router)];
        }

        return stages;
    }

    private static StageTable LongestFirst(RouterConfiguration router)
    {
        var nextHops = router.NextHops;
        var outcomes = nextHops.Select((hop, index) => (hop, index)).ToDictionary(known => known.hop, known => known.index);
        var entries = router.Routes.OrderByDescending(route => route.Prefix.Length).Select(route => new StageEntry(
            new HeaderMatch
            {
                IpVersion = route.Prefix.Address.IsV6 ? 6 : 4,
                Destination = new FieldCondition(route.Prefix.First, route.Prefix.Last),
            },
            StageResult.OneOf(outcomes[route.NextHop]),
            "route"));
        return new StageTable([.. entries], StageResult.OneOf(nextHops.Count));
    }

    private void Decide(GraphNode node, PortDeclaration port, int stage, StageResult result, Row row)
    {
        if (result.IsNext)
        {
            Evaluate(node, port, stage + 1, row);
            return;
        }

        // Where state decides, packets go on with the first outcome that lets them; a drop is one more rule.
        var passing = result.Outcomes.Where(outcome => port.Treatments[outcome].DropReason is null).ToList();
        foreach (var outcome in passing)
        {
            var treatment = port.Treatments[outcome];
            Enter(_graph.Behind(node.Function, treatment.ExitPort), treatment.Rewrites.Where(rewrite => rewrite.IpVersion == 6 == row.Now.IsV6)
                .Aggregate(row, (written, rewrite) => written.Write(rewrite)));
        }

        if (passing.Count == 0)
        {
            Emit(row);
        }
    }

    private void Emit(Row row) => SwitchRules += row.Rules();

    /// <summary>Packets as they entered, and as they are now.</summary>
    private readonly record struct Row(HeaderCube Entered, HeaderCube Now)
    {
        private readonly int _written;

        private Row(HeaderCube entered, HeaderCube now, int written)
            : this(entered, now) => _written = written;

        public Row? Match(HeaderCube cube)
        {
            if (Now.Intersect(cube) is not { } now)
            {
                return null;
            }

            if (_written == 0)
            {
                return new Row(now, now, 0);
            }

            var entered = Entered;
            for (var i = 0; i < HeaderFields.Count; i++)
            {
                if ((_written >> i & 1) == 0)
                {
                    entered = entered.With((HeaderField)i, now[(HeaderField)i]);
                }
            }

            return new Row(entered, now, _written);
        }

        public Row Write(HeaderRewrite rewrite) => rewrite.Fields.Aggregate(
            this, (row, field) => new Row(row.Entered, row.Now.With(field.Field, field.Values), row._written | 1 << (int)field.Field));

        /// <summary>Rules of a switch that match the packets: every range in the fewest masks.</summary>
        public long Rules()
        {
            var rules = 1L;
            for (var i = 0; i < HeaderFields.Count; i++)
            {
                var values = Entered[(HeaderField)i];
                var all = HeaderFields.All((HeaderField)i, Entered.IsV6);
                if (values.First != values.Last && (values.First != all.First || values.Last != all.Last))
                {
                    rules *= Masks.Of(new Interval(values.First, values.Last), HeaderFields.Width((HeaderField)i, Entered.IsV6)).Count;
                }
            }

            return rules;
        }
    }
}
