namespace Metron.Synthesis.Tests;

public class SynthesizerTests
{
    private static readonly HeaderMatch Tcp = new() { Protocol = FieldCondition.Of(UInt128.CreateChecked(6)) };
    private static readonly HeaderMatch Web = Tcp with { DestinationPort = FieldCondition.Of(UInt128.CreateChecked(80)) };

    [Fact]
    public void A_class_is_a_path_of_outcomes_that_some_packet_takes()
    {
        var result = Synthesizer.Run(Line(Filter("a", Tcp), Filter("b", Web)));

        Assert.Equal(
            ["0 0.0=0 1.0=0 -> 1", "0 0.0=0 1.0=1 -> denied", "0 0.0=1 -> denied"],
            Forward(result));
        Assert.All(result.Classes, traffic => Assert.True(traffic.IsCertain));
    }

    [Fact]
    public void A_path_that_no_packet_can_take_is_no_class()
    {
        var result = Synthesizer.Run(Line(Filter("a", Web), Filter("b", Tcp)));

        Assert.DoesNotContain("0 0.0=0 1.0=1 -> denied", Forward(result));
    }

    [Fact]
    public void A_filter_behind_a_rewrite_sees_what_was_written()
    {
        var rewrite = new HeaderRewrite(4, [new FieldValues(HeaderField.DestinationPort, Interval.Of(80))]);
        var result = Synthesizer.Run(Line(Filter("a", Tcp), Always("b", rewrite), Filter("c", Web)));

        Assert.Equal(["0 0.0=0 1.0=0 2.0=0 -> 1", "0 0.0=1 -> denied"], Forward(result));
    }

    [Fact]
    public void Writes_compose_to_the_last_value_and_the_sum_of_increments()
    {
        var result = Synthesizer.Run(Line(
            Always("a", null, new HeaderWrite("source MAC", "1"), new HeaderWrite("TTL", "-1", -1)),
            Always("b", null, new HeaderWrite("source MAC", "2"), new HeaderWrite("TTL", "-1", -1))));

        var writes = result.Classes.First(traffic => traffic.Ingress == 0).Writes;
        Assert.Equal([new HeaderWrite("source MAC", "2"), new HeaderWrite("TTL", "-2", -2)], writes);
    }

    [Fact]
    public void Outcomes_that_depend_on_state_are_all_possible()
    {
        var stateful = Function("a", new StageTable([new StageEntry(Web, StageResult.OneOf(0, 1), "")], StageResult.OneOf(1)));
        var result = Synthesizer.Run(Line(stateful));

        Assert.Equal(["0 0.0=0 -> 1", "0 0.0=1 -> denied"], Forward(result));
    }

    [Fact]
    public void A_table_that_is_too_long_may_say_everything_to_every_packet()
    {
        var table = new StageTable([new StageEntry(Web, StageResult.OneOf(0), ""), new StageEntry(HeaderMatch.Any, StageResult.OneOf(1), "")], StageResult.OneOf(0));
        var graph = Line(Function("a", table), Filter("b", Tcp));

        var walked = Synthesizer.Run(graph);
        var kept = Synthesizer.Run(graph, new SynthesisLimits(MaximumEntries: 1));

        Assert.Equal(["0 0.0=0 1.0=0 -> 1", "0 0.0=1 -> denied"], Forward(walked));
        Assert.Equal(["0 0.0=0 1.0=0 -> 1", "0 0.0=0 1.0=1 -> denied", "0 0.0=1 -> denied"], Forward(kept));
        Assert.All(kept.Classes.Where(traffic => traffic.Ingress == 0), traffic => Assert.False(traffic.IsCertain));
    }

    [Fact]
    public void Beyond_its_budget_synthesis_keeps_paths_that_may_exist()
    {
        var result = Synthesizer.Run(Line(Filter("a", Web), Filter("b", Tcp)), new SynthesisLimits(MaximumOperations: 1));

        Assert.Contains("0 0.0=0 1.0=1 -> denied", Forward(result));
        Assert.Contains(result.Classes, traffic => !traffic.IsCertain);
    }

    [Fact]
    public void Classes_beyond_the_limit_are_left_out_and_that_is_said()
    {
        var result = Synthesizer.Run(Line(Filter("a", Tcp), Filter("b", Web)), new SynthesisLimits(MaximumClasses: 2));

        Assert.Equal(2, result.Classes.Count);
        Assert.False(result.IsComplete);
    }

    [Fact]
    public void What_would_leave_by_an_ingress_is_dropped()
    {
        var graph = Line(Filter("a", Tcp));
        graph = graph with { Endpoints = [graph.Endpoints[0], graph.Endpoints[1] with { IsEgress = false }] };

        Assert.Contains("0 0.0=0 -> notAnEgress", Forward(Synthesizer.Run(graph)));
    }

    private static List<string> Forward(SynthesisResult result) =>
    [
        .. result.Classes.Where(traffic => traffic.Ingress == 0).Select(traffic =>
            $"0 {string.Join(' ', traffic.Steps.Select(step => $"{step.Function}.{step.Port}={step.Outcome}"))} -> {traffic.DropReason ?? $"{traffic.Egress}"}"),
    ];

    /// <summary>Endpoint 0, the functions one behind the other, endpoint 1.</summary>
    private static FunctionGraph Line(params FunctionDeclaration[] functions)
    {
        GraphNode Left(int index) => index == 0 ? GraphNode.OfEndpoint(0) : GraphNode.OfFunction(index - 1, 1);
        GraphNode Right(int index) => index == functions.Length - 1 ? GraphNode.OfEndpoint(1) : GraphNode.OfFunction(index + 1, 0);
        return new FunctionGraph(
            [
                new GraphEndpoint("left", GraphNode.OfFunction(0, 0)) { Match = new HeaderMatch { IpVersion = 4 } },
                new GraphEndpoint("right", GraphNode.OfFunction(functions.Length - 1, 1)),
            ],
            functions,
            [.. functions.Select((_, index) => new[] { Left(index), Right(index) })]);
    }

    /// <summary>Lets pass what matches, in both directions.</summary>
    private static FunctionDeclaration Filter(string name, HeaderMatch match) =>
        Function(name, new StageTable([new StageEntry(match, StageResult.OneOf(0), "rule")], StageResult.OneOf(1)));

    private static FunctionDeclaration Always(string name, HeaderRewrite? rewrite, params HeaderWrite[] writes) =>
        Function(name, StageTable.Always(StageResult.OneOf(0)), rewrite is null ? [] : [rewrite], writes);

    private static FunctionDeclaration Function(
        string name, StageTable table, IReadOnlyList<HeaderRewrite>? rewrites = null, IReadOnlyList<HeaderWrite>? writes = null) =>
        new(name, [.. Enumerable.Range(0, 2).Select(port => new PortDeclaration($"{port}")
        {
            Stages = [table],
            Treatments = [Treatment.Forward(1 - port) with { Rewrites = rewrites ?? [], Writes = writes ?? [] }, Treatment.Drop("denied")],
        })])
        {
            Outcomes = ["pass", "drop"],
        };
}
