using CsCheck;

namespace Metron.Synthesis.Tests;

/// <summary>Ranges with masks against their members, counted one by one.</summary>
public class FieldSetTests
{
    private const int Domain = 64;

    private static readonly Gen<(Interval Range, UInt128 Value, UInt128 Mask)> Parts =
        from first in Gen.Int[0, Domain - 1]
        from last in Gen.Int[0, Domain - 1]
        from mask in Gen.Int[0, Domain - 1]
        from value in Gen.Int[0, Domain - 1]
        select (new Interval((UInt128)Math.Min(first, last), (UInt128)Math.Max(first, last)), (UInt128)value, (UInt128)mask);

    private static readonly Gen<FieldSet> Set = Parts.Where(parts => Members(parts).Length > 0).Select(parts =>
        FieldSet.TryCreate(parts.Range, parts.Value, parts.Mask, out var set) ? set : throw new InvalidOperationException("a set with members is not empty"));

    [Fact]
    public void A_set_has_the_members_that_range_and_mask_say_and_is_empty_without_any() => Parts.Sample(parts =>
    {
        var members = Members(parts);
        Assert.Equal(members.Length > 0, FieldSet.TryCreate(parts.Range, parts.Value, parts.Mask, out var set));
        if (members.Length > 0)
        {
            Assert.Equal(members, Members(set));
            Assert.Equal((members[0], members[^1]), (set.First, set.Last));
            Assert.Equal((UInt128)(members.Length - 1), set.CountLessOne);
        }
    });

    [Fact]
    public void Intersection_cover_overlap_and_equality_are_those_of_the_members() => Gen.Select(Set, Set).Sample((left, right) =>
    {
        var (inLeft, inRight) = (Members(left), Members(right));
        UInt128[] inBoth = [.. inLeft.Intersect(inRight)];
        Assert.Equal(inBoth.Length > 0, left.Overlaps(right));
        Assert.Equal(inBoth.Length > 0, left.TryIntersect(right, out var both));
        Assert.True(inBoth.Length == 0 || inBoth.SequenceEqual(Members(both)));
        Assert.Equal(inBoth.Length == inRight.Length, left.Covers(right));
        Assert.Equal(inLeft.SequenceEqual(inRight), left == right);
    });

    [Fact]
    public void A_difference_is_made_of_disjoint_sets_and_the_hull_holds_both() => Gen.Select(Set, Set).Sample((left, right) =>
    {
        var pieces = left.Subtract(right).SelectMany(Members).ToList();
        Assert.Equal(pieces.Count, pieces.Distinct().Count());
        Assert.Equal(Members(left).Except(Members(right)), pieces.Order());
        Assert.True(left.Hull(right).Covers(left));
        Assert.True(left.Hull(right).Covers(right));
    });

    [Fact]
    public void Samples_are_members() =>
        Gen.Select(Set, Gen.Int).Sample((set, seed) => set.Contains(set.Sample(new Random(seed))));

    [Fact]
    public void Wide_sets_keep_what_is_true_of_their_samples() =>
        Gen.Select(WideSet, WideSet, Gen.Int).Sample((left, right, seed) =>
        {
            var random = new Random(seed);
            var (inLeft, inRight) = (left.Sample(random), right.Sample(random));
            Assert.True(left.Contains(inLeft));
            Assert.Equal(right.Contains(inLeft), left.TryIntersect(right, out var both) && both.Contains(inLeft));
            Assert.Equal(!right.Contains(inLeft), left.Subtract(right).Exists(rest => rest.Contains(inLeft)));
            Assert.True(!left.Covers(right) || left.Contains(inRight));
        });

    [Fact]
    public void Real_packets_are_disjoint_and_hold_every_parsed_packet() => SpaceGenerators.Point.Sample(point =>
    {
        var hasPorts = !point.IsFragment && point.Protocol is 6 or 17 or 132;
        var hasType = !point.IsFragment && point.Protocol == (point.IsV6 ? 58 : 1);
        var parsed = point with
        {
            SourcePort = hasPorts && !point.IsFragment ? point.SourcePort : (ushort)0,
            DestinationPort = hasPorts && !point.IsFragment ? point.DestinationPort : (ushort)0,
            IcmpType = hasType ? point.IcmpType : (byte)0,
            IcmpCode = hasType ? point.IcmpCode : (byte)0,
            TcpFlags = point.Protocol == 6 && !point.IsFragment ? point.TcpFlags : (byte)0,
        };
        Assert.Single(RealPackets.Ip.Cubes, cube => cube.Contains(parsed));
        Assert.Equal(point == parsed, RealPackets.Ip.Contains(point));
        Assert.Single(RealPackets.Ethernet.Cubes, cube => cube.Contains(new HeaderPoint { OtherEtherType = 0x0806, Vlan = 0x1007 }));
    });

    private static Gen<FieldSet> WideSet { get; } =
        from first in Gen.Select(Gen.ULong, Gen.ULong)
        from last in Gen.Select(Gen.ULong, Gen.ULong)
        from mask in Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong)
        let range = new Interval(
            UInt128.Min(new UInt128(first.Item1, first.Item2), new UInt128(last.Item1, last.Item2)),
            UInt128.Max(new UInt128(first.Item1, first.Item2), new UInt128(last.Item1, last.Item2)))
        let bits = new UInt128(mask.Item1 & mask.Item3, mask.Item2 & mask.Item3)
        select FieldSet.TryCreate(range, range.First, bits, out var set) ? set : FieldSet.Of(range.First);

    private static UInt128[] Members((Interval Range, UInt128 Value, UInt128 Mask) parts) =>
        [.. Numbers().Where(number => parts.Range.Contains(number) && (number & parts.Mask) == (parts.Value & parts.Mask))];

    private static UInt128[] Members(FieldSet set) => [.. Numbers().Where(number => set.Contains(number))];

    private static IEnumerable<UInt128> Numbers() => Enumerable.Range(0, Domain).Select(number => (UInt128)number);
}
