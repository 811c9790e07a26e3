using CsCheck;

namespace Metron.Synthesis.Tests.Ordering;

public class RuleDepthsTests
{
    private static readonly UInt128 Base6 = new(0x20010db800000000, 0);

    private static readonly Gen<FieldCondition?> Port =
        from has in Gen.Bool
        from first in Gen.Int[0, 5]
        from length in Gen.Int[0, 2]
        from negated in Gen.Frequency((4, false), (1, true))
        select has ? new FieldCondition((UInt128)first, (UInt128)(first + length), negated) : default(FieldCondition?);

    private static readonly Gen<HeaderMatch> Match =
        from version in Gen.OneOf(0, 4, 4, 6)
        from source in Address(version == 6)
        from destination in Address(version == 6)
        from protocol in Gen.OneOf<byte?>(null, 6, 17)
        from ports in Gen.Select(Port, Port)
        from flags in Gen.Frequency((3, FlagSet.All), (1, new FlagSet(2, 2)), (1, new FlagSet(0, 18)))
        select new HeaderMatch
        {
            IpVersion = version == 0 ? null : version,
            Source = version == 0 ? null : source,
            Destination = version == 0 ? null : destination,
            Protocol = protocol is { } number ? FieldCondition.Of((UInt128)number) : null,
            SourcePort = ports.Item1,
            DestinationPort = ports.Item2,
            TcpFlags = flags,
        };

    private static readonly Gen<OrderedRule> Rule = Gen.Select(Match, Gen.Int[0, 2], (match, action) => new OrderedRule(match, action));

    private static readonly Gen<HeaderPoint> Point =
        from isV6 in Gen.Bool
        from source in Gen.Int[0, 7]
        from destination in Gen.Int[0, 7]
        from protocol in Gen.OneOf<byte>(6, 17, 47)
        from ports in Gen.Select(Gen.Int[0, 7], Gen.Int[0, 7])
        from flags in Gen.Byte
        select new HeaderPoint
        {
            IsV6 = isV6,
            Source = (isV6 ? Base6 : 0) + (UInt128)source,
            Destination = (isV6 ? Base6 : 0) + (UInt128)destination,
            Protocol = protocol,
            SourcePort = (ushort)ports.Item1,
            DestinationPort = (ushort)ports.Item2,
            TcpFlags = flags,
        };

    [Fact]
    public void The_deepest_match_does_what_the_first_match_does() =>
        Gen.Select(Rule.List[0, 25], Point.Array[100]).Sample((rules, points) =>
        {
            var depths = RuleDepths.Of(rules);
            foreach (var point in points)
            {
                var matching = Enumerable.Range(0, rules.Count).Where(index => rules[index].Match.Matches(point)).ToList();
                if (matching.Count > 0)
                {
                    var deepest = matching.Max(index => depths[index]);
                    Assert.All(matching.Where(index => depths[index] == deepest), index => Assert.Equal(rules[matching[0]].Action, rules[index].Action));
                }
            }
        });

    [Fact]
    public void Depths_after_edits_are_those_of_the_list_as_it_is() =>
        Gen.Select(Rule.List[0, 40], Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1000], Gen.Int[0, 1000], Rule).List[1, 8]).Sample((rules, edits) =>
        {
            var depths = RuleDepths.Of(rules);
            foreach (var (kind, at, other, rule) in edits)
            {
                Edit(rules, kind, at, other, rule);
                depths = RuleDepths.Of([.. rules], depths);
                Assert.Equal(All(RuleDepths.Of(rules)), All(depths));
            }
        });

    [Fact]
    public void Neighbours_that_do_not_depend_on_each_other_may_change_places() =>
        Gen.Select(Rule.List[2, 25], Gen.Int[0, 1000]).Sample((rules, at) =>
        {
            at %= rules.Count - 1;
            if (RuleDepths.DependsOn(rules[at], rules[at + 1]))
            {
                return;
            }

            var before = Set(rules);
            (rules[at], rules[at + 1]) = (rules[at + 1], rules[at]);
            Assert.Equal(before, Set(rules));
        });

    [Fact]
    public void Rules_that_exclude_each_other_or_do_the_same_lie_side_by_side()
    {
        var ssh = new OrderedRule(Tcp(22), 1);
        var web = new OrderedRule(Tcp(80), 2);
        var all = new OrderedRule(new HeaderMatch { Protocol = FieldCondition.Of((UInt128)6) }, 2);

        Assert.Equal([1, 1], All(RuleDepths.Of([ssh, web])));
        Assert.Equal([2, 1, 1], All(RuleDepths.Of([ssh, web, all])));
        Assert.Equal([3, 2, 1], All(RuleDepths.Of([new OrderedRule(Tcp(22), 3), ssh, all])));
    }

    [Fact]
    public void A_rule_more_changes_only_what_depends_on_it()
    {
        var rules = Enumerable.Range(1, 2000).Select(port => new OrderedRule(Tcp(port), port % 2)).ToList();
        var before = RuleDepths.Of(rules);
        rules.Insert(1000, new OrderedRule(Tcp(7), 2));
        var after = RuleDepths.Of(rules, before);

        Assert.Equal(2, after[6]);
        Assert.All(Enumerable.Range(0, rules.Count).Where(index => index != 6), index => Assert.Equal(1, after[index]));
    }

    [Fact]
    public void Long_addresses_that_differ_in_their_last_bits_only_do_not_meet()
    {
        OrderedRule Host(int number, int action) => new(new HeaderMatch { IpVersion = 6, Source = FieldCondition.Of(Base6 + (UInt128)number) }, action);

        Assert.Equal([1, 1], All(RuleDepths.Of([Host(1, 1), Host(2, 2)])));
        Assert.Equal([2, 1], All(RuleDepths.Of([Host(2, 1), Host(2, 2)])));
    }

    private static void Edit(List<OrderedRule> rules, int kind, int at, int other, OrderedRule rule)
    {
        if (rules.Count == 0 || kind == 0)
        {
            rules.Insert(at % (rules.Count + 1), rule);
            return;
        }

        at %= rules.Count;
        other %= rules.Count;
        switch (kind)
        {
            case 1:
                rules.RemoveAt(at);
                break;
            case 2:
                rules[at] = rule;
                break;
            default:
                (rules[at], rules[other]) = (rules[other], rules[at]);
                break;
        }
    }

    private static HeaderMatch Tcp(int port) => new() { Protocol = FieldCondition.Of((UInt128)6), DestinationPort = FieldCondition.Of((UInt128)port) };

    private static IEnumerable<int> All(RuleDepths depths) => Enumerable.Range(0, depths.Count).Select(index => depths[index]);

    private static IEnumerable<string> Set(List<OrderedRule> rules)
    {
        var depths = RuleDepths.Of(rules);
        return rules.Select((rule, index) => $"{depths[index]} {rule.Action} {rule.Match}").Order(StringComparer.Ordinal).ToList();
    }

    private static Gen<FieldCondition?> Address(bool isV6) =>
        from bits in Gen.Int[0, 4]
        from value in Gen.Int[0, 7]
        from negated in Gen.Frequency((4, false), (1, true))
        let first = (isV6 ? Base6 : 0) + (UInt128)(value & ~((1 << bits) - 1))
        select bits == 4 ? default(FieldCondition?) : new FieldCondition(first, first + (UInt128)((1 << bits) - 1), negated);
}
