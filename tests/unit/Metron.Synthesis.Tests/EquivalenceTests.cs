using CsCheck;

namespace Metron.Synthesis.Tests;

/// <summary>Comparisons of rule lists against a look at every packet of a small domain.</summary>
public class EquivalenceTests
{
    private const int Domain = 8;

    private static readonly HeaderSpace Universe = new(
        [HeaderCube.AllV4.With(HeaderField.Source, new Interval(0, Domain - 1)).With(HeaderField.DestinationPort, new Interval(0, Domain - 1))]);

    private static readonly Gen<FieldSet> Values =
        from first in Gen.Int[0, Domain - 1]
        from last in Gen.Int[0, Domain - 1]
        from mask in Gen.Frequency((2, Gen.Const(0)), (1, Gen.Int[0, Domain - 1]))
        select FieldSet.TryCreate(new Interval((UInt128)Math.Min(first, last), (UInt128)Math.Max(first, last)), (UInt128)first, (UInt128)mask, out var set)
            ? set : FieldSet.Of((UInt128)first);

    private static readonly Gen<HeaderCube> Cube =
        from source in Values
        from port in Values
        from which in Gen.Int[1, 3]
        let cube = (which & 1) != 0 ? HeaderCube.AllV4.With(HeaderField.Source, source) : HeaderCube.AllV4
        select (which & 2) != 0 ? cube.With(HeaderField.DestinationPort, port) : cube;

    private static readonly Gen<Classifier> Table = Rules(3).Select(rules => Classifier.Of(rules, 0));

    [Fact]
    public void The_verdict_on_any_two_lists_is_that_of_every_packet() =>
        Gen.Select(Table, Table).Sample((left, right) => Check(ClassifierPipeline.Of(left), ClassifierPipeline.Of(right), ResultRelation.Same));

    [Fact]
    public void A_list_whose_rules_are_cut_into_pieces_is_proven_equal_without_cutting_packets() =>
        Gen.Select(Rules(3), Gen.Int).Sample((rules, seed) =>
        {
            var random = new Random(seed);
            var written = Classifier.Of(rules, 0);
            var pieces = Classifier.Of(rules.SelectMany(rule => Pieces(rule, random)), 0);
            var leftOver = RuleAlignment.Run(written, pieces, (one, other) => one == other, Universe, Work());
            Assert.NotNull(leftOver);
            Assert.Empty(leftOver);
            Assert.Equal(EquivalenceVerdict.Equal, Check(ClassifierPipeline.Of(written), ClassifierPipeline.Of(pieces), ResultRelation.Same));
        });

    [Fact]
    public void Dropped_moved_changed_and_tied_rules_get_the_verdict_of_every_packet() =>
        Gen.Select(Rules(3), Gen.Int).Sample((rules, seed) =>
        {
            var random = new Random(seed);
            var changed = rules.Select(rule => rule with { Rank = random.Next(4) == 0 ? rule.Rank + random.Next(-2, 3) : rule.Rank })
                .Where(_ => random.Next(8) != 0)
                .SelectMany(rule => Pieces(rule, random))
                .Where(_ => random.Next(32) != 0)
                .ToList();
            Check(ClassifierPipeline.Of(Classifier.Of(rules, 0)), ClassifierPipeline.Of(Classifier.Of(changed, 0)), ResultRelation.Same);
        },
        iter: 3000);

    [Fact]
    public void Tables_one_behind_the_other_get_the_verdict_of_every_packet() =>
        Gen.Select(Rules(3, ~1), Table, Rules(3, ~1), Table).Sample((first, second, otherFirst, otherSecond) => Check(
            new ClassifierPipeline([Classifier.Of(first, ~1), second]), new ClassifierPipeline([Classifier.Of(otherFirst, ~1), otherSecond]), ResultRelation.Same));

    [Fact]
    public void A_relation_that_accepts_more_is_respected()
    {
        // Result 2 as written accepts anything, and 1 accepts 1 and 0.
        var relation = new ResultRelation((written, compiled) => written == 2 || compiled == written || compiled == 0, written => written == 2);
        Gen.Select(Table, Table).Sample((left, right) => Check(ClassifierPipeline.Of(left), ClassifierPipeline.Of(right), relation));
    }

    [Fact]
    public void Without_budget_packets_are_tried_instead()
    {
        var written = ClassifierPipeline.Of(Classifier.Of([new ClassifierRule(Universe.Cubes[0], 0, 1, 0)], 0));
        var other = ClassifierPipeline.Of(Classifier.Of([new ClassifierRule(Universe.Cubes[0].With(HeaderField.Source, FieldSet.Of(3)), 0, 1, 0)], 0));
        var budget = new EquivalenceBudget(TimeSpan.FromMinutes(1), TimeProvider.System) { MaximumOperations = -1, MaximumSamples = 500 };
        var equal = EquivalenceCheck.Run(written, written, Universe, ResultRelation.Same, Spent(budget));
        Assert.Equal((EquivalenceVerdict.EqualForSamples, 500), (equal.Verdict, equal.Samples));
        Assert.Equal(EquivalenceVerdict.Different, EquivalenceCheck.Run(written, other, Universe, ResultRelation.Same, Spent(budget)).Verdict);
    }

    private static EquivalenceVerdict Check(ClassifierPipeline written, ClassifierPipeline compiled, ResultRelation relation)
    {
        var result = EquivalenceCheck.Run(written, compiled, Universe, relation, Work());
        var isRight = Packets().All(packet => EquivalenceCheck.IsRight(written, compiled, relation, packet));
        Assert.Equal(isRight ? EquivalenceVerdict.Equal : EquivalenceVerdict.Different, result.Verdict);
        if (result.Difference is { } difference)
        {
            Assert.True(Universe.Contains(difference));
            Assert.False(EquivalenceCheck.IsRight(written, compiled, relation, difference));
        }

        return result.Verdict;
    }

    private static IEnumerable<HeaderPoint> Packets() =>
        from source in Enumerable.Range(0, Domain)
        from port in Enumerable.Range(0, Domain)
        select new HeaderPoint { Source = (UInt128)source, DestinationPort = (ushort)port };

    private static Gen<List<ClassifierRule>> Rules(int results, int? next = null) =>
        Gen.Select(Cube, Gen.Int[0, results - 1], Gen.Int[0, 3]).List[0, 12].Select(rules => rules
            .Select((rule, index) => new ClassifierRule(rule.Item1, index, next is { } table && rule.Item3 == 0 ? table : rule.Item2, index))
            .ToList());

    /// <summary>The same packets by disjoint cubes.</summary>
    private static IEnumerable<ClassifierRule> Pieces(ClassifierRule rule, Random random)
    {
        var cut = HeaderCube.AllV4.With(HeaderField.Source, FieldSet.Of((UInt128)random.Next(Domain)));
        var inside = rule.Packets.Intersect(cut);
        return rule.Packets.Subtract(cut).Concat(inside is null ? [] : [inside]).Select(piece => rule with { Packets = piece });
    }

    private static EquivalenceWork Spent(EquivalenceBudget budget)
    {
        var work = new EquivalenceWork(budget);
        work.Count(1);
        return work;
    }

    private static EquivalenceWork Work() => new(new EquivalenceBudget(TimeSpan.FromMinutes(1), TimeProvider.System));
}
