namespace Metron.Synthesis.Tests;

public class ClassMergerTests
{
    [Fact]
    public void Branches_that_join_with_the_same_writes_are_one_class_with_both_ways()
    {
        var result = Synthesizer.Run(Branches(new HeaderWrite("MAC", "1"), new HeaderWrite("MAC", "2"), last: new HeaderWrite("MAC", "3")));

        var traffic = Assert.Single(result.Classes);
        Assert.Equal((1, 1), (traffic.Id, traffic.Egress));
        Assert.Equal([0, 1], traffic.AllSteps.Select(steps => steps[0].Outcome));
        Assert.Equal([new HeaderWrite("MAC", "3")], traffic.Writes);
    }

    [Fact]
    public void Branches_that_join_with_other_writes_stay_apart()
    {
        var result = Synthesizer.Run(Branches(new HeaderWrite("MAC", "1"), new HeaderWrite("MAC", "2"), last: null));

        Assert.Equal(["1", "2"], result.Classes.Select(traffic => Assert.Single(traffic.Writes).Value));
        Assert.All(result.Classes, traffic => Assert.Empty(traffic.OtherSteps));
    }

    [Fact]
    public void A_condition_says_whether_headers_suffice_for_some_packets()
    {
        var web = new HeaderMatch { Protocol = FieldCondition.Of((UInt128)6) };
        StageTable[] tables =
        [
            new([new StageEntry(web, StageResult.OneOf(0), "")], StageResult.OneOf(0, 1)),
            new([], StageResult.OneOf(0, 1)),
        ];

        var conditions = tables.Select(table => Synthesizer.Run(Stateful(table)).Classes.Single(traffic => traffic.Egress == 1).Conditions);

        Assert.Equal([new StateCondition(0, "known", false), new StateCondition(0, "known", true)], conditions.Select(Assert.Single));
    }

    /// <summary>Endpoint 0, a function with two ways out, one where they join again, endpoint 1.</summary>
    private static FunctionGraph Branches(HeaderWrite first, HeaderWrite second, HeaderWrite? last)
    {
        var table = new StageTable([new StageEntry(new HeaderMatch { IpVersion = 4 }, StageResult.OneOf(0), "")], StageResult.OneOf(1));
        var branch = new FunctionDeclaration("branch",
        [
            new PortDeclaration("in")
            {
                Stages = [table],
                Treatments = [Treatment.Forward(1) with { Writes = [first] }, Treatment.Forward(2) with { Writes = [second] }],
            },
            new PortDeclaration("left") { Stages = [], Treatments = [] },
            new PortDeclaration("right") { Stages = [], Treatments = [] },
        ])
        { Outcomes = ["left", "right"], WritesMacs = true, NeedsServer = true };
        var entry = new PortDeclaration("in")
        {
            Stages = [StageTable.Always(StageResult.OneOf(0))],
            Treatments = [Treatment.Forward(2) with { Writes = last is null ? [] : [last] }],
        };
        var join = new FunctionDeclaration("join", [entry, entry, new PortDeclaration("out") { Stages = [], Treatments = [] }])
        {
            Outcomes = ["pass"],
            WritesMacs = true,
            NeedsServer = true,
        };
        return new FunctionGraph(
            [new GraphEndpoint("a", GraphNode.OfFunction(0, 0)), new GraphEndpoint("b", GraphNode.OfFunction(1, 2)) { IsIngress = false }],
            [branch, join],
            [
                [GraphNode.OfEndpoint(0), GraphNode.OfFunction(1, 0), GraphNode.OfFunction(1, 1)],
                [GraphNode.OfFunction(0, 1), GraphNode.OfFunction(0, 2), GraphNode.OfEndpoint(1)],
            ]);
    }

    private static FunctionGraph Stateful(StageTable table)
    {
        var port = new PortDeclaration("in")
        {
            Stages = [table],
            Treatments = [Treatment.Forward(1) with { WhenStateDecides = "known" }, Treatment.Drop("denied")],
        };
        return new FunctionGraph(
            [new GraphEndpoint("a", GraphNode.OfFunction(0, 0)), new GraphEndpoint("b", GraphNode.OfFunction(0, 1)) { IsIngress = false }],
            [new FunctionDeclaration("f", [port, port]) { Outcomes = ["pass", "drop"], KeepsFlowState = true, NeedsServer = true }],
            [[GraphNode.OfEndpoint(0), GraphNode.OfEndpoint(1)]]);
    }
}
