namespace Metron.Generators;

/// <summary>A route.</summary>
/// <param name="Prefix">Destinations.</param>
/// <param name="NextHop">Number of the next hop, from 0.</param>
public readonly record struct GeneratedRoute(Prefix Prefix, int NextHop);

/// <summary>Routing tables in the manner of BGP's: most prefixes are /24 or /48, many lie inside others.</summary>
public static class RouteTable
{
    /// <summary>A table of different prefixes.</summary>
    /// <param name="count">How many routes.</param>
    /// <param name="seed">Which table.</param>
    /// <param name="nextHops">How many next hops.</param>
    /// <param name="percentV6">How many of a hundred routes are for IPv6.</param>
    public static IReadOnlyList<GeneratedRoute> Generate(int count, ulong seed, int nextHops = 32, int percentV6 = 15)
    {
        var random = new SplitMix64(seed);
        var routes = new List<GeneratedRoute>(count);
        var seen = new HashSet<Prefix>(count);
        while (routes.Count < count)
        {
            var prefix = random.Percent(percentV6) ? V6(random) : V4(random);
            if (seen.Add(prefix))
            {
                // Networks that lie together are reached alike, except for some that have two providers.
                var region = (ulong)(prefix.First >> (prefix.IsV6 ? 92 : 20));
                routes.Add(new GeneratedRoute(prefix, random.Percent(75) ? (int)(region * 0x9e3779b97f4a7c15 >> 40) % nextHops : random.Next(nextHops)));
            }
        }

        return routes;
    }

    private static Prefix V4(SplitMix64 random)
    {
        var length = random.Pick((590, 24), (100, 23), (120, 22), (50, 21), (45, 20), (25, 19), (14, 18), (8, 17), (14, 16), (2, 15), (1, 14), (1, 12));
        var address = (UInt128)(uint)((1 + random.Next(223)) << 24 | random.Next(1 << 24));
        return Prefix.Of(false, (int)(address >> 24) is 10 or 127 ? address ^ 0x40000000 : address, length);
    }

    private static Prefix V6(SplitMix64 random)
    {
        var length = random.Pick((460, 48), (140, 32), (90, 44), (80, 40), (50, 36), (60, 46), (50, 47), (40, 29), (30, 64));
        return Prefix.Of(true, (UInt128)(0x2000 | random.Next(0x800)) << 112 | random.NextAddress() >> 16, length);
    }
}
