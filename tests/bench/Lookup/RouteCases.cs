using Metron.Generators;

namespace Metron.Bench.Lookup;

/// <summary>Routes that are looked up in, and the addresses that are asked for.</summary>
internal static class RouteCases
{
    private const ulong Seed = 2026;

    /// <summary>Different questions; enough that no cache and no branch predictor learns them by heart.</summary>
    private const int Questions = 1 << 17;

    private const int ZipfAddresses = 10_000;
    private const double ZipfExponent = 1.1;

    /// <summary>Names of the cases with routes.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["routes4-1k", "routes4-10k", "routes4-100k", "routes4-1M", "routes6-1k", "routes6-10k", "routes6-200k"];

    /// <summary>Prefixes and values of a case with routes.</summary>
    public static IReadOnlyList<GeneratedRoute> Routes(string name) => name.StartsWith("routes6", StringComparison.Ordinal)
        ? Allocated(Count(name))
        : RouteTable.Generate(Count(name), Seed, percentV6: 0);

    /// <summary>Addresses: each in a random route (one in twenty anywhere), or Zipf over 10,000 of those.</summary>
    public static UInt128[] Addresses(IReadOnlyList<GeneratedRoute> routes, bool isZipf)
    {
        var random = new SplitMix64(Seed + 1);
        var isV6 = routes[0].Prefix.IsV6;
        var addresses = new UInt128[isZipf ? ZipfAddresses : Questions];
        for (var i = 0; i < addresses.Length; i++)
        {
            addresses[i] = random.Percent(5)
                ? Prefix.Of(isV6, random.NextAddress(), isV6 ? 128 : 32).First
                : routes[random.Next(routes.Count)].Prefix.Narrow(isV6 ? 128 : 32, random).First;
        }

        return isZipf ? Zipf(addresses, random) : addresses;
    }

    /// <summary>Number at the end of a name.</summary>
    public static int Count(string name)
    {
        var text = name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..];
        return text[^1] switch
        {
            'k' => int.Parse(text[..^1], null) * 1000,
            'M' => int.Parse(text[..^1], null) * 1_000_000,
            _ => int.Parse(text, null),
        };
    }

    /// <summary>
    /// IPv6 prefixes as registries and networks give them out: a network has a /32, registries' networks lie together, and what a network
    /// announces begins at the low end of what it has.
    /// </summary>
    private static List<GeneratedRoute> Allocated(int count)
    {
        var random = new SplitMix64(Seed);
        var routes = new List<GeneratedRoute>(count);
        var seen = new HashSet<Prefix>(count);
        while (routes.Count < count)
        {
            var registry = (ulong)random.Pick((10, 0x2001), (25, 0x2400), (25, 0x2600), (15, 0x2800), (20, 0x2a00), (5, 0x2c00));
            var network = (registry << 16) + ((ulong)random.Next(1 + (count / 12)) << 3);
            var length = random.Pick((12, 32), (6, 36), (10, 40), (10, 44), (4, 46), (55, 48), (3, 64));
            var within = (ulong)random.Next(random.Percent(70) ? 64 : 65536) << 16;
            var prefix = Prefix.Of(true, ((UInt128)network << 96) | ((UInt128)within << 64), length);
            if (seen.Add(prefix))
            {
                routes.Add(new GeneratedRoute(prefix, random.Next(32)));
            }
        }

        return routes;
    }

    private static UInt128[] Zipf(UInt128[] addresses, SplitMix64 random)
    {
        var chances = new double[addresses.Length];
        var sum = 0.0;
        for (var rank = 0; rank < chances.Length; rank++)
        {
            chances[rank] = sum += Math.Pow(rank + 1, -ZipfExponent);
        }

        return
        [
            .. Enumerable.Range(0, Questions).Select(_ =>
            {
                var place = Array.BinarySearch(chances, (random.Next() >> 11) / (double)(1UL << 53) * sum);
                return addresses[Math.Min(place < 0 ? ~place : place, addresses.Length - 1)];
            }),
        ];
    }
}
