using CsCheck;

namespace Metron.Synthesis.Tests;

public class RuleListOptimizerTests
{
    private const int Deny = 0;
    private const int Allow = 1;
    private const int Values = 6;

    // Rules over two ports of few values and two sides, so that every packet can be tried.
    private static readonly Gen<ListedRule> SmallRule =
        from source in SmallRange
        from destination in SmallRange
        from decision in Gen.Int[0, 1]
        from sides in Gen.OneOf(Gen.Const(3), Gen.Int[1, 3])
        select Rule(source, destination, decision, sides);

    private static readonly Gen<IReadOnlyList<ListedRule>> SmallList = SmallRule.List[1, 9].Select(rules => (IReadOnlyList<ListedRule>)rules);

    private static readonly Gen<ListedRule> Rules =
        Gen.Select(SpaceGenerators.Match, Gen.Int[0, 1], (match, decision) => new ListedRule(match.ToSpace(), decision));

    private static readonly Gen<IReadOnlyList<ListedRule>> List =
        Rules.List[1, 12].Select(rules => (IReadOnlyList<ListedRule>)rules);

    private static Gen<Interval> SmallRange =>
        Gen.Select(Gen.Int[0, Values - 1], Gen.Int[0, Values - 1], (a, b) => new Interval((UInt128)Math.Min(a, b), (UInt128)Math.Max(a, b)));

    [Fact]
    public void A_rule_behind_one_that_matches_more_is_shadowed()
    {
        var found = Assert.Single(Find([Rule(new(0, 5), new(0, 5), Deny), Rule(new(1, 2), new(3, 4), Allow)], Allow, NeedlessRuleKind.Shadowed));

        Assert.Equal((1, true), (found.Rule, found.Contradicts));
        Assert.Equal([0], found.Others);
    }

    [Fact]
    public void A_rule_that_several_cover_together_is_shadowed_by_all_of_them()
    {
        var found = Assert.Single(Find(
            [Rule(new(0, 2), new(0, 5), Deny), Rule(new(3, 5), new(0, 5), Deny), Rule(new(1, 4), new(1, 4), Deny)], Allow, NeedlessRuleKind.Shadowed));

        Assert.Equal((2, false), (found.Rule, found.Contradicts));
        Assert.Equal([0, 1], found.Others);
    }

    [Fact]
    public void A_rule_whose_packets_a_later_one_decides_alike_is_redundant()
    {
        var found = Assert.Single(Find([Rule(new(1, 2), new(3, 4), Allow), Rule(new(0, 5), new(0, 5), Allow)], Deny, NeedlessRuleKind.Redundant));

        Assert.Equal(0, found.Rule);
        Assert.Equal([1], found.Others);
    }

    [Fact]
    public void A_rule_that_says_what_the_default_says_is_redundant_unless_another_comes_between()
    {
        var first = Rule(new(1, 2), new(3, 4), Deny);

        Assert.Equal([-1], Assert.Single(Find([first], Deny, NeedlessRuleKind.Redundant)).Others);
        Assert.Empty(RuleListOptimizer.Find([first, Rule(new(2, 3), new(0, 5), Allow)], Deny).Needless);
    }

    [Fact]
    public void A_rule_for_one_side_does_not_shadow_one_for_both()
    {
        var both = Rule(new(1, 2), new(3, 4), Deny, sides: 3);

        Assert.Empty(RuleListOptimizer.Find([Rule(new(0, 5), new(0, 5), Allow, sides: 1), both], Allow).Needless);
        Assert.Single(Find(
            [Rule(new(0, 5), new(0, 5), Allow, sides: 1), Rule(new(0, 5), new(0, 5), Allow, sides: 2), both], Deny, NeedlessRuleKind.Shadowed));
    }

    [Fact]
    public void A_rule_that_matches_nothing_is_empty() =>
        Assert.Equal(NeedlessRuleKind.Empty, Assert.Single(RuleListOptimizer.Find([new ListedRule(HeaderSpace.Empty, Allow)], Deny).Needless).Kind);

    [Fact]
    public void A_rule_is_kept_when_its_limits_do_not_suffice()
    {
        ListedRule[] rules = [.. Enumerable.Range(0, 6).Select(i => Rule(Interval.Of((UInt128)i), new(0, 5), Deny)), Rule(new(0, 5), new(0, 5), Allow)];
        var narrow = new RuleListLimits(MaximumSteps: 3);

        Assert.Contains(RuleListOptimizer.Find(rules, Deny).Needless, found => found.Rule == 6);
        var findings = RuleListOptimizer.Find(rules, Deny, narrow);
        Assert.DoesNotContain(findings.Needless, found => found.Rule == 6);
        Assert.NotEqual(0, findings.Undecided);
    }

    [Fact]
    public void Every_finding_is_true_for_every_packet_alone_and_with_the_others() => SmallList.Sample(
        rules =>
        {
            foreach (var defaultDecision in new[] { Deny, Allow })
            {
                var found = RuleListOptimizer.Find(rules, defaultDecision).Needless.Select(needless => needless.Rule).ToHashSet();
                Assert.Equal(Decisions(rules, defaultDecision, []), Decisions(rules, defaultDecision, found));
                Assert.All(found, rule => Assert.Equal(Decisions(rules, defaultDecision, []), Decisions(rules, defaultDecision, [rule])));
            }
        },
        iter: 1000);

    [Fact]
    public void Every_shadowed_rule_is_found_and_those_named_with_it_suffice() => SmallList.Sample(
        rules =>
        {
            var found = RuleListOptimizer.Find(rules, Deny).Needless.Where(needless => needless.Kind == NeedlessRuleKind.Shadowed).ToList();
            var shadowed = Enumerable.Range(0, rules.Count).Where(rule => !Points().Any(packet => Deciding(rules, packet, []) == rule));
            Assert.Equal(shadowed, found.Select(needless => needless.Rule));
            Assert.All(found, needless =>
            {
                var named = needless.Others.ToHashSet();
                Assert.DoesNotContain(Points(), packet =>
                    Deciding(rules, packet, [.. Enumerable.Range(0, rules.Count).Where(rule => rule != needless.Rule && !named.Contains(rule))]) == needless.Rule);
                Assert.Equal(named.Any(other => rules[other].Decision != rules[needless.Rule].Decision), needless.Contradicts);
            });
        },
        iter: 1000);

    [Fact]
    public void What_is_left_decides_sampled_packets_of_all_fields_alike() => Gen.Select(List, SpaceGenerators.Point.Array[20], Gen.Int).Sample(
        (rules, points, seed) =>
        {
            var found = RuleListOptimizer.Find(rules, Deny).Needless.Select(needless => needless.Rule).ToHashSet();
            var random = new Random(seed);
            var inside = rules.Where(rule => !rule.Packets.IsEmpty).Select(rule => rule.Packets.Sample(random));
            foreach (var point in points.Concat(inside))
            {
                Assert.Equal(Decision(rules, (point, 1), Deny, []), Decision(rules, (point, 1), Deny, found));
            }
        },
        iter: 1000);

    [Fact]
    public void Findings_after_edits_are_those_of_the_list_as_it_is() => Gen.Select(
        Gen.OneOf(SmallRule.List[1, 25], Rules.List[1, 25]),
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.OneOf(SmallRule, Rules)).List[1, 3].List[1, 8],
        Gen.Int[0, 1],
        Gen.OneOf(RuleListLimits.Default, new RuleListLimits(MaximumSteps: 5), new RuleListLimits(MaximumCubes: 2, Witnesses: 1))).Sample(
        (rules, edits, defaultDecision, limits) =>
        {
            var known = RuleListOptimizer.Find([.. rules], defaultDecision, limits);
            foreach (var together in edits)
            {
                foreach (var (kind, at, other, rule) in together)
                {
                    Edit(rules, kind, at, other, rule);
                }

                known = RuleListOptimizer.Find([.. rules], defaultDecision, limits, known);
                Assert.Equal(Describe(RuleListOptimizer.Find(rules, defaultDecision, limits)), Describe(known));
            }
        },
        iter: 1000);

    [Fact]
    public void An_edit_looks_into_few_rules_of_a_long_list()
    {
        ListedRule[] rules = [.. Enumerable.Range(0, 2000).Select(i => Rule(Interval.Of((UInt128)i), new(0, 5), i % 2))];
        var known = RuleListOptimizer.Find(rules, Deny);
        rules[1000] = Rule(Interval.Of(1001), new(0, 2), Deny);

        var update = RuleListUpdate.Of(known.Memory, rules, Deny, RuleListLimits.Default, [1]);

        // The new rule, and the one for the same ports behind it.
        Assert.Equal([1000, 1001], Enumerable.Range(0, rules.Length).Where(rule => update!.LookAgain[rule]));
    }

    [Fact]
    public void A_long_list_is_decided_with_every_planted_shadow_found()
    {
        var random = new Random(5);
        List<ListedRule> rules = [];
        HashSet<int> planted = [];
        while (rules.Count < 3000)
        {
            var network = (UInt128)random.Next() << 12;
            rules.Add(new ListedRule(Network(network, 20), random.Next(2)));
            if (rules.Count % 10 == 0)
            {
                planted.Add(rules.Count);
                rules.Add(new ListedRule(Network(network + (UInt128)random.Next(4096), 32), random.Next(2)));
            }
        }

        var found = RuleListOptimizer.Find(rules, Deny);

        Assert.Equal(0, found.Undecided);
        Assert.Subset(found.Needless.Where(needless => needless.Kind == NeedlessRuleKind.Shadowed).Select(needless => needless.Rule).ToHashSet(), planted);

        static HeaderSpace Network(UInt128 address, int length)
        {
            var host = (UInt128.One << (32 - length)) - 1;
            var first = address & 0xffffffff & ~host;
            return new HeaderMatch { IpVersion = 4, Destination = new FieldCondition(first, first | host) }.ToSpace();
        }
    }

    private static void Edit(List<ListedRule> rules, int kind, int at, int other, ListedRule rule)
    {
        (at, other) = (at % rules.Count, other % rules.Count);
        switch (kind)
        {
            case 0:
                rules.Insert(at, rule);
                break;
            case 1 when rules.Count > 1:
                rules.RemoveAt(at);
                break;
            case 2:
                (rules[at], rules[other]) = (rules[other], rules[at]);
                break;
            case 3:
                rules[at] = rules[at] with { Decision = 1 - rules[at].Decision };
                break;
            default:
                rules[at] = rule;
                break;
        }
    }

    private static string Describe(RuleListFindings findings) => $"{findings.Undecided} undecided; " + string.Join(
        "; ", findings.Needless.Select(found => $"{found.Rule} {found.Kind} {string.Join(',', found.Others)} {found.Contradicts}"));

    private static IReadOnlyList<NeedlessRule> Find(IReadOnlyList<ListedRule> rules, int defaultDecision, NeedlessRuleKind kind) =>
        [.. RuleListOptimizer.Find(rules, defaultDecision).Needless.Where(needless => needless.Kind == kind)];

    private static ListedRule Rule(Interval source, Interval destination, int decision, int sides = 1) => new(
        new HeaderMatch
        {
            IpVersion = 4,
            Protocol = FieldCondition.Of((UInt128)17),
            SourcePort = new FieldCondition(source.First, source.Last),
            DestinationPort = new FieldCondition(destination.First, destination.Last),
        }.ToSpace(),
        decision,
        sides);

    private static IEnumerable<(HeaderPoint Point, int Side)> Points() =>
        from source in Enumerable.Range(0, Values)
        from destination in Enumerable.Range(0, Values)
        from side in new[] { 1, 2 }
        select (new HeaderPoint { Protocol = 17, SourcePort = (ushort)source, DestinationPort = (ushort)destination }, side);

    private static List<int> Decisions(IReadOnlyList<ListedRule> rules, int defaultDecision, HashSet<int> without) =>
        [.. Points().Select(packet => Decision(rules, packet, defaultDecision, without))];

    private static int Decision(IReadOnlyList<ListedRule> rules, (HeaderPoint Point, int Side) packet, int defaultDecision, HashSet<int> without) =>
        Deciding(rules, packet, without) is var rule and >= 0 ? rules[rule].Decision : defaultDecision;

    private static int Deciding(IReadOnlyList<ListedRule> rules, (HeaderPoint Point, int Side) packet, HashSet<int> without) =>
        Enumerable.Range(0, rules.Count).FirstOrDefault(
            rule => !without.Contains(rule) && (rules[rule].Sides & packet.Side) != 0 && rules[rule].Packets.Contains(packet.Point), -1);
}
