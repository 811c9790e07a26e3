using Metron.NetworkFunctions.Chains;
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
    private readonly HashSet<GraphNode> _visited = [];
    private long _steps;

    private NaiveProduct(FunctionGraph graph, long mostRules, long mostSteps) => (_graph, _mostRules, _mostSteps) = (graph, mostRules, mostSteps);

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
        var product = new NaiveProduct(ChainGraph.Build(spec), mostRules, mostSteps);
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
        foreach (var entry in port.Stages[stage].Entries)
        {
            foreach (var cube in entry.Match.ToSpace().Cubes)
            {
                if (!IsComplete)
                {
                    return;
                }

                _steps++;
                if (row.Match(cube) is { } both)
                {
                    Decide(node, port, stage, entry.Result, both);
                }
            }
        }

        Decide(node, port, stage, port.Stages[stage].Default, row);
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
                var width = HeaderFields.Width((HeaderField)i, Entered.IsV6);
                var values = Entered[(HeaderField)i];
                rules *= Masks.Of(new Interval(values.First, values.Last), width).Count;
            }

            return rules;
        }
    }
}
