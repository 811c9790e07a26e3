using CsCheck;

namespace Metron.Synthesis.Tests;

public class HeaderSpaceTests
{
    [Fact]
    public void A_match_and_its_space_hold_the_same_packets() =>
        Gen.Select(SpaceGenerators.Match, SpaceGenerators.Point).Sample((match, point) => match.ToSpace().Contains(point) == match.Matches(point));

    [Fact]
    public void Union_intersection_and_difference_hold_what_logic_says() =>
        Gen.Select(SpaceGenerators.Space, SpaceGenerators.Space, SpaceGenerators.Point).Sample((left, right, point) =>
        {
            var (inLeft, inRight) = (left.Contains(point), right.Contains(point));
            Assert.Equal(inLeft || inRight, left.Union(right).Contains(point));
            Assert.Equal(inLeft && inRight, left.Intersect(right).Contains(point));
            Assert.Equal(inLeft && !inRight, left.Subtract(right).Contains(point));
            Assert.Equal(!inLeft, left.Complement().Contains(point));
        });

    [Fact]
    public void Packets_sampled_from_a_space_lie_in_it_and_in_no_part_that_was_taken_away() =>
        Gen.Select(SpaceGenerators.Space, SpaceGenerators.Space, Gen.Int).Sample((left, right, seed) =>
        {
            var rest = left.Subtract(right);
            if (!rest.IsEmpty)
            {
                var point = rest.Sample(new Random(seed));
                Assert.True(left.Contains(point));
                Assert.False(right.Contains(point));
            }
        });

    [Fact]
    public void A_space_without_itself_is_empty_and_with_its_complement_is_everything() =>
        SpaceGenerators.Space.Sample(space =>
        {
            Assert.True(space.Subtract(space).IsEmpty);
            Assert.True(space.Intersect(space.Complement()).IsEmpty);
            Assert.True(space.Union(space.Complement()).Covers(HeaderSpace.All));
        });

    [Fact]
    public void Overlap_means_a_packet_in_both() =>
        Gen.Select(SpaceGenerators.Space, SpaceGenerators.Space)
            .Sample((left, right) => left.Overlaps(right) == left.Intersect(right).TrySample(out _));

    [Fact]
    public void What_a_subtraction_leaves_of_a_cube_does_not_overlap() =>
        Gen.Select(SpaceGenerators.Match, SpaceGenerators.Match).Sample((left, right) =>
        {
            foreach (var cube in left.ToSpace().Cubes)
            {
                foreach (var taken in right.ToSpace().Cubes)
                {
                    var pieces = cube.Subtract(taken).ToList();
                    for (var i = 0; i < pieces.Count; i++)
                    {
                        Assert.False(pieces[i].Overlaps(taken));
                        Assert.DoesNotContain(pieces[(i + 1)..], pieces[i].Overlaps);
                    }
                }
            }
        });

    [Fact]
    public void The_reverse_holds_the_answers() =>
        Gen.Select(SpaceGenerators.Space, SpaceGenerators.Point).Sample((space, point) => space.Reverse().Contains(point.Reverse()) == space.Contains(point));

    [Fact]
    public void A_reversed_match_matches_the_answers() =>
        Gen.Select(SpaceGenerators.Match, SpaceGenerators.Point).Sample((match, point) => match.Reverse().Matches(point.Reverse()) == match.Matches(point));

    [Fact]
    public void The_hull_holds_everything_in_at_most_a_cube_per_version() =>
        SpaceGenerators.Space.Sample(space => space.Hull().Covers(space) && space.Hull().Cubes.Count <= 2);

    [Fact]
    public void Matches_are_written_in_words()
    {
        var match = new HeaderMatch
        {
            IpVersion = 4,
            Source = new FieldCondition(0x0a000000, 0x0affffff),
            Destination = new FieldCondition(0xc0000201, 0xc0000203, Negated: true),
            Protocol = FieldCondition.Of(UInt128.CreateChecked(6)),
            DestinationPort = new FieldCondition(80, 90),
            TcpFlags = new FlagSet(0x02, 0x12),
        };
        Assert.Equal("ipv4 tcp src 10.0.0.0/8 dst !192.0.2.1-192.0.2.3 dport 80-90 flags +syn-ack", match.ToString());
        Assert.Equal("any", HeaderMatch.Any.ToString());
    }
}
