using Metron.NetworkFunctions.Router;
using Metron.Packets;

namespace Metron.Orchestration.Tests;

/// <summary>
/// The sweep against the plainest reading: the next hop of a destination is looked up length by length, and two tables can only part at a place
/// where a prefix of either begins or has ended.
/// </summary>
public class RouteSweepTests
{
    private const int Many = 100_000;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Many_routes_in_another_order_are_the_same(int seed, bool isV6)
    {
        var random = new Random(seed);
        var routes = Routes(random, Many, isV6);
        var shuffled = routes.ToArray();
        random.Shuffle(shuffled);

        Assert.Null(RouteSweep.Difference(routes, shuffled, isV6));
        Assert.Null(RouteSweep.Difference(routes, routes.Concat(Routes(random, 100, !isV6)), isV6));
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Of_many_routes_the_lowest_destination_that_changed_is_told(int seed, bool isV6)
    {
        var random = new Random(seed);
        var routes = Routes(random, Many, isV6);
        var edited = routes.ToList();
        for (var edit = 0; edit < 20; edit++)
        {
            var at = random.Next(edited.Count);
            switch (random.Next(3))
            {
                case 0:
                    edited.RemoveAt(at);
                    break;
                case 1:
                    edited[at] = edited[at] with { NextHop = Hop(random.Next(4)) };
                    break;
                default:
                    edited.AddRange(Routes(random, 1, isV6).Where(route => edited.TrueForAll(known => known.Prefix != route.Prefix)));
                    break;
            }
        }

        Assert.Equal(LowestDifference(routes, edited, isV6), RouteSweep.Difference(routes, edited, isV6));
    }

    [Fact]
    public void Few_routes_that_nest_and_touch_part_where_they_are_read_to_part()
    {
        var parted = 0;
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var isV6 = seed % 2 == 1;
            var (left, right) = (Dense(random, isV6), Dense(random, isV6));
            var expected = LowestDifference(left, right, isV6);
            var actual = RouteSweep.Difference(left, right, isV6);
            Assert.True(expected == actual, $"seed {seed}: {expected} expected, {actual} told\n{string.Join(", ", left)}\n{string.Join(", ", right)}");
            parted += expected is null ? 0 : 1;
        }

        Assert.InRange(parted, 1_000, 1_999);
    }

    /// <summary>Different prefixes, lengths as on the Internet, four next hops.</summary>
    private static List<Route> Routes(Random random, int count, bool isV6)
    {
        var routes = new Dictionary<IpPrefix, Route>();
        while (routes.Count < count)
        {
            var length = isV6 ? random.Next(19, 65) : random.Next(8, 33);
            Add(routes, random, Bits(random, isV6), length, isV6);
        }

        return [.. routes.Values];
    }

    /// <summary>Up to three prefixes at each end of the address space, or of all of it.</summary>
    private static List<Route> Dense(Random random, bool isV6)
    {
        var routes = new Dictionary<IpPrefix, Route>();
        for (var i = random.Next(5); i > 0; i--)
        {
            var width = isV6 ? 128 : 32;
            var length = random.Next(4) == 0 ? random.Next(3) : width - random.Next(3);
            var low = (UInt128)random.Next(8);
            Add(routes, random, random.Next(2) == 0 ? low : Most(isV6) - low, length, isV6);
        }

        return [.. routes.Values];
    }

    private static void Add(Dictionary<IpPrefix, Route> routes, Random random, UInt128 address, int length, bool isV6)
    {
        var prefix = new IpPrefix(new IpAddress(address & Mask(length, isV6), isV6), length);
        routes[prefix] = new Route(prefix, Hop(random.Next(4)));
    }

    private static UInt128? LowestDifference(List<Route> left, List<Route> right, bool isV6)
    {
        var (one, other) = (Table(left), Table(right));
        var places = left.Concat(right)
            .SelectMany(route => route.Prefix.Last == Most(isV6) ? [route.Prefix.First] : new[] { route.Prefix.First, route.Prefix.Last + 1 })
            .Append(UInt128.Zero)
            .Distinct()
            .Order();
        foreach (var place in places)
        {
            if (LookUp(one, place, isV6) != LookUp(other, place, isV6))
            {
                return place;
            }
        }

        return null;
    }

    private static Dictionary<int, Dictionary<UInt128, NextHop>> Table(List<Route> routes) => routes
        .GroupBy(route => route.Prefix.Length)
        .ToDictionary(group => group.Key, group => group.ToDictionary(route => route.Prefix.First, route => route.NextHop));

    private static NextHop? LookUp(Dictionary<int, Dictionary<UInt128, NextHop>> table, UInt128 destination, bool isV6)
    {
        for (var length = isV6 ? 128 : 32; length >= 0; length--)
        {
            if (table.TryGetValue(length, out var prefixes) && prefixes.TryGetValue(destination & Mask(length, isV6), out var hop))
            {
                return hop;
            }
        }

        return null;
    }

    private static UInt128 Mask(int length, bool isV6) => length == 128 ? UInt128.MaxValue : Most(isV6) & ~(Most(isV6) >> length);

    private static UInt128 Most(bool isV6) => isV6 ? UInt128.MaxValue : uint.MaxValue;

    private static UInt128 Bits(Random random, bool isV6) => isV6
        ? new UInt128(0x2001_0db8_0000_0000UL | (uint)random.NextInt64(), (ulong)random.NextInt64())
        : (uint)random.NextInt64(1L << 32);

    private static NextHop Hop(int number) => new(number & 1, new MacAddress(0x020000000100UL + (uint)number));
}
