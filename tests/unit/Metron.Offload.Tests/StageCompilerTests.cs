using CsCheck;
using Metron.Synthesis;

namespace Metron.Offload.Tests;

public class StageCompilerTests
{
    private static readonly StageResult Allow = StageResult.OneOf(0);
    private static readonly StageResult Deny = StageResult.OneOf(1);

    [Fact]
    public void A_stage_does_what_its_table_says_whether_negation_is_expanded_or_split() =>
        Gen.Select(RandomMatches.Match.Where(match => MatchExpansion.Count(match) <= 1000).List[0, 6], Gen.Int, Gen.OneOf(1, 8, 64), RandomMatches.Point.Array[20]).Sample(
            (matches, actions, alternatives, points) =>
            {
                var entries = matches.Select((match, index) => new StageEntry(match, (actions >> index & 1) != 0 ? Allow : Deny, $"rule {index}"));
                var table = new StageTable([.. entries], (actions >> 10 & 1) != 0 ? Allow : Deny);
                Check(table, new OffloadLimits(alternatives), points);
            },
            iter: 100);

    [Fact]
    public void Many_alternatives_cost_a_table_instead()
    {
        var match = new HeaderMatch { Protocol = new FieldCondition(6, 6, Negated: true) };
        var graph = Graph(new StageTable([new StageEntry(match, Deny, "no-tcp")], Allow));

        Assert.Single(SwitchPartBuilder.Build(graph, new OffloadLimits(1000)).Paths[0].Stages[0].Segments);
        var split = SwitchPartBuilder.Build(graph, new OffloadLimits(64)).Paths[0].Stages[0];
        Assert.Equal([1, 2], split.Segments.Select(segment => (int)segment.Table));
        Assert.True(split.RuleCount < 10);
    }

    [Fact]
    public void A_function_that_does_not_fit_stays_on_the_server()
    {
        var entries = Enumerable.Range(0, 100).Select(index => new StageEntry(
            new HeaderMatch { IpVersion = 4, Source = FieldCondition.Of((UInt128)index) }, Allow, $"rule {index}"));
        var path = SwitchPartBuilder.Build(Graph(new StageTable([.. entries], Deny)), new OffloadLimits(MaximumStageRules: 50)).Paths[0];

        Assert.Empty(path.Stages);
        Assert.Equal(GraphNode.OfFunction(0, 0), path.End);
    }

    [Fact]
    public void Of_a_function_that_needs_the_server_only_certain_drops_are_kept()
    {
        var graph = Graph(
            new StageTable([new StageEntry(new HeaderMatch { IpVersion = 6 }, StageResult.OneOf(0, 1), "maybe")], Deny), needsServer: true);
        var path = SwitchPartBuilder.Build(graph).Paths[0];

        Assert.False(path.End.IsEndpoint);
        Assert.Empty(path.Passed);
        var segment = Assert.Single(path.Stages[0].Segments);
        Assert.True(segment.Default.IsDrop);
        Assert.True(Assert.Single(segment.Rules).Action.IsPass);
    }

    private static void Check(StageTable table, OffloadLimits limits, HeaderPoint[] points)
    {
        var graph = Graph(table);
        var part = SwitchPartBuilder.Build(graph, limits);
        var rules = ChainRules.Write(graph, part, new ChainAssignment("chain", 1, 1, TagEncoding.VlanId)
        {
            Endpoints = [new EndpointPort(1, 0, null), new EndpointPort(2, 0, null)],
            Positions = new Dictionary<PositionKey, uint> { [new PositionKey(0, 0, 0)] = 1, [new PositionKey(1, 0, 1)] = 2 },
        });
        Assert.False(part.NeedsServer);
        var target = new TableInterpreter(rules);
        foreach (var point in points)
        {
            var isAllowed = table.Evaluate(point).Outcomes[0] == 0;
            var verdict = target.Run(new TestPacket(1, point));
            Assert.Equal(isAllowed ? [2u] : [], verdict.Outputs.Select(output => output.Port));
        }
    }

    private static FunctionGraph Graph(StageTable table, bool needsServer = false) => new(
        [new GraphEndpoint("left", GraphNode.OfFunction(0, 0)), new GraphEndpoint("right", GraphNode.OfFunction(0, 1))],
        [
            new FunctionDeclaration("fw", [.. Enumerable.Range(0, 2).Select(port => new PortDeclaration($"{port}")
            {
                Stages = [table],
                Treatments = [Treatment.Forward(1 - port), Treatment.Drop("denied")],
            })])
            {
                Outcomes = ["allow", "deny"],
                NeedsServer = needsServer,
            },
        ],
        [[GraphNode.OfEndpoint(0), GraphNode.OfEndpoint(1)]]);
}
