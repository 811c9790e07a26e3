using System.Numerics;
using CsCheck;
using Metron.NetworkFunctions.Router;

namespace Metron.NetworkFunctions.Tests.Router;

/// <summary>The prefix table against trying all prefixes.</summary>
public class PrefixTableProperties
{
    [Fact]
    public void It_finds_the_longest_IPv4_prefix() => FindsTheLongest(Clustered32, 32, First, Last);

    [Fact]
    public void It_finds_the_longest_IPv6_prefix() => FindsTheLongest(Clustered128, 128, First, Last);

    private static void FindsTheLongest<T>(Gen<T> addresses, int width, Func<T, int, T> first, Func<T, int, T> last)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>, IMinMaxValue<T> =>
        Gen.Select(Gen.Select(addresses, Gen.Int[0, width]).Array[0, 200], addresses.Array[50]).Sample(
            (prefixes, others) =>
            {
                var distinct = prefixes
                    .Select(prefix => (First: first(prefix.Item1, prefix.Item2), Length: prefix.Item2))
                    .Distinct()
                    .Select(prefix => (prefix.First, Last: last(prefix.First, prefix.Length), prefix.Length))
                    .ToArray();
                var table = new PrefixTable<T>([.. distinct.Select((prefix, value) => (prefix.First, prefix.Last, value))]);
                var edges = distinct.SelectMany(prefix => new[] { prefix.First, prefix.First - T.One, prefix.Last, prefix.Last + T.One });
                foreach (var address in others.Concat(edges))
                {
                    var expected = distinct
                        .Select((prefix, value) => (prefix.First, prefix.Last, prefix.Length, Value: value))
                        .Where(prefix => address >= prefix.First && address <= prefix.Last)
                        .OrderByDescending(prefix => prefix.Length)
                        .Select(prefix => prefix.Value)
                        .FirstOrDefault(-1);
                    Assert.Equal(expected, table.Find(address));
                }
            },
            iter: 500);

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

        var table = new PrefixTable<uint>(
            [.. prefixes.Select((prefix, value) => (prefix.First, Last(prefix.First, prefix.Length), value))]);

        Assert.InRange(table.RangeCount, 1_000_000, 2_000_001);
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
