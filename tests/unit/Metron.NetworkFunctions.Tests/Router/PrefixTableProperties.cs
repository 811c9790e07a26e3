using System.Numerics;
using CsCheck;
using Metron.NetworkFunctions.Router;

namespace Metron.NetworkFunctions.Tests.Router;

/// <summary>The structures for longest prefixes against trying all prefixes.</summary>
public class PrefixTableProperties
{
    [Fact]
    public void Ranges_find_the_longest_IPv4_prefix() => FindsTheLongest(Clustered32, 32, First, Last, ranges => new PrefixTable<uint>(ranges).Find);

    [Fact]
    public void Ranges_find_the_longest_IPv6_prefix() => FindsTheLongest(Clustered128, 128, First, Last, ranges => new PrefixTable<UInt128>(ranges).Find);

    [Fact]
    public void Halves_of_addresses_find_the_longest_IPv6_prefix() => FindsTheLongest(Clustered128, 128, First, Last, ranges => new Ipv6Table(ranges).Find);

    [Fact]
    public void The_direct_table_finds_the_longest_IPv4_prefix() =>
        FindsTheLongest(Clustered32, 32, First, Last, ranges => DirectTable.TryBuild(ranges)!.Find, iterations: 50);

    private static void FindsTheLongest<T>(
        Gen<T> addresses, int width, Func<T, int, T> first, Func<T, int, T> last, Func<PrefixRanges<T>, Func<T, int>> build, int iterations = 500)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T> =>
        Gen.Select(Gen.Select(addresses, Gen.Int[0, width]).Array[0, 200], addresses.Array[50]).Sample(
            (prefixes, others) =>
            {
                var distinct = prefixes
                    .Select(prefix => (First: first(prefix.Item1, prefix.Item2), Length: prefix.Item2))
                    .Distinct()
                    .Select(prefix => (prefix.First, Last: last(prefix.First, prefix.Length), prefix.Length))
                    .ToArray();
                var find = build(new PrefixRanges<T>([.. distinct.Select((prefix, value) => (prefix.First, prefix.Last, value))]));
                var edges = distinct.SelectMany(prefix => new[] { prefix.First, prefix.First - T.One, prefix.Last, prefix.Last + T.One });
                foreach (var address in others.Concat(edges))
                {
                    var expected = distinct
                        .Select((prefix, value) => (prefix.First, prefix.Last, prefix.Length, Value: value))
                        .Where(prefix => address >= prefix.First && address <= prefix.Last)
                        .OrderByDescending(prefix => prefix.Length)
                        .Select(prefix => prefix.Value)
                        .FirstOrDefault(-1);
                    Assert.Equal(expected, find(address));
                }
            },
            iter: iterations);

    [Fact]
    public void Many_prefixes_within_few_leading_bits_are_found()
    {
        // 4,000 networks of 56 bits under one of 32, and hosts in some: tables below tables, and divided networks.
        var prefixes = Enumerable.Range(0, 4000)
            .Select(number => (First: ((UInt128)0x20010db8 << 96) | ((UInt128)(uint)(number * 5) << 72), Length: number % 9 == 0 ? 128 : 56))
            .Append((First: (UInt128)0xff << 120, Length: 8))
            .ToArray();
        var ranges = new PrefixRanges<UInt128>([.. prefixes.Select((prefix, value) => (prefix.First, Last(prefix.First, prefix.Length), value))]);
        var (whole, halves) = (new PrefixTable<UInt128>(ranges), new Ipv6Table(ranges));
        for (var value = 0; value < prefixes.Length; value++)
        {
            var (first, length) = prefixes[value];
            foreach (var (address, expected) in new[] { (first - 1, -1), (first, value), (Last(first, length), value), (Last(first, length) + 1, -1) })
            {
                Assert.Equal(expected, whole.Find(address));
                Assert.Equal(expected, halves.Find(address));
            }
        }
    }

    [Fact]
    public void The_direct_table_refuses_what_it_has_no_room_for()
    {
        // One host in each of 32,769 networks of 24 bits; a value of 16 bits.
        Assert.Null(DirectTable.TryBuild(Hosts(32_769)));
        Assert.NotNull(DirectTable.TryBuild(Hosts(32_768)));
        Assert.Null(DirectTable.TryBuild(new PrefixRanges<uint>([(0, uint.MaxValue, 0x7fff)])));
        Assert.NotNull(DirectTable.TryBuild(new PrefixRanges<uint>([(0, uint.MaxValue, 0x7ffe)])));

        static PrefixRanges<uint> Hosts(uint count) =>
            new([.. Enumerable.Range(1, (int)count).Select(number => (((uint)number << 8) + 1, ((uint)number << 8) + 1, 0))]);
    }

    [Fact]
    public void A_million_prefixes_take_two_ranges_each_at_most()
    {
        var random = new Random(1);
        var prefixes = new HashSet<(uint First, int Length)>();
        while (prefixes.Count < 1_000_000)
        {
            var length = random.Next(8, 33);
            prefixes.Add((First((uint)random.NextInt64(uint.MaxValue), length), length));
        }

        var ranges = new PrefixRanges<uint>(
            [.. prefixes.Select((prefix, value) => (prefix.First, Last(prefix.First, prefix.Length), value))]);
        var table = new PrefixTable<uint>(ranges);

        Assert.InRange(ranges.Count, 1_000_000, 2_000_001);
        foreach (var (first, length) in prefixes.Where(prefix => prefix.Length == 32).Take(1000))
        {
            Assert.True(table.Find(first) >= 0, $"{first}/{length}");
        }
    }

    // Addresses near each other at every scale, so that prefixes nest and touch.
    private static Gen<uint> Clustered32 =>
        Gen.Select(Gen.UInt, Gen.Int[0, 31], Gen.UInt[0, 3], (any, shift, few) => (any >> shift << shift) | few);

    private static Gen<UInt128> Clustered128 => Gen.Select(
        Gen.ULong,
        Gen.ULong,
        Gen.Int[0, 127],
        Gen.Bool,
        (high, low, shift, isGlobal) =>
            ((((UInt128)high << 64) | low) >> shift << shift) & (isGlobal ? (UInt128.One << 125) - 1 : UInt128.MaxValue));

    private static uint First(uint address, int length) => length == 0 ? 0 : address & (uint.MaxValue << (32 - length));

    private static uint Last(uint first, int length) => length == 0 ? uint.MaxValue : first | ~(uint.MaxValue << (32 - length));

    private static UInt128 First(UInt128 address, int length) => length == 0 ? 0 : address & (UInt128.MaxValue << (128 - length));

    private static UInt128 Last(UInt128 first, int length) =>
        length == 0 ? UInt128.MaxValue : first | ~(UInt128.MaxValue << (128 - length));
}
