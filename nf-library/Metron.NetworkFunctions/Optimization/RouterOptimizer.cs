using Metron.NetworkFunctions.Router;
using Metron.Packets;
using Metron.Synthesis;

namespace Metron.NetworkFunctions.Optimization;

/// <summary>Leaves out routes that have no effect.</summary>
internal static class RouterOptimizer
{
    /// <summary>The router without routes that lead where the next larger prefix leads anyway.</summary>
    public static OptimizedFunction Optimize(RouterConfiguration router)
    {
        var covering = Covering(router.Routes);
        if (covering.Count == 0)
        {
            return new OptimizedFunction(router);
        }

        var warnings = covering.OrderBy(pair => pair.Key).Take(OptimizedFunction.MostWarnings).Select(pair => new FunctionWarning(
            WarningCode.Redundant,
            Field(pair.Key),
            $"{Name(router, pair.Key)} changes nothing: {Name(router, pair.Value)} holds all of its addresses and leads to the same next hop; it was left out",
            Field(pair.Value)));
        return new OptimizedFunction(
            router with { Routes = [.. router.Routes.Where((_, index) => !covering.ContainsKey(index))] }, [.. warnings], covering.Count);
    }

    /// <summary>The router without routes to addresses that no packet goes to when it comes here.</summary>
    /// <param name="router">The router as written.</param>
    /// <param name="known">What was found in it already.</param>
    /// <param name="arrivals">For each port, at least the packets that can enter by it.</param>
    public static OptimizedFunction LeaveOutUnreachable(RouterConfiguration router, OptimizedFunction known, IReadOnlyList<HeaderSpace> arrivals)
    {
        var destinations = new[] { Destinations(arrivals, false), Destinations(arrivals, true) };
        if (destinations[0] is [var all4] && all4 == Interval.OfWidth(32) && destinations[1] is [var all6] && all6 == Interval.OfWidth(128))
        {
            return known;
        }

        var kept = (RouterConfiguration)known.Configuration;
        HashSet<Route> left = new(
            kept.Routes.Where(route => !Overlaps(
                destinations[route.Prefix.Address.IsV6 ? 1 : 0], new Interval(route.Prefix.First, route.Prefix.Last))),
            ReferenceEqualityComparer.Instance);
        var warnings = Enumerable.Range(0, left.Count == 0 ? 0 : router.Routes.Count)
            .Where(index => left.Contains(router.Routes[index]))
            .Take(OptimizedFunction.MostWarnings)
            .Select(index => new FunctionWarning(
                WarningCode.Unreachable,
                Field(index),
                $"{Name(router, index)} has no effect: no packet to its addresses can come to {router.Name}, because endpoints do not take them or "
                + "functions before it do not let them through; it was left out",
                ""));
        return left.Count == 0 ? known : new OptimizedFunction(
            kept with { Routes = [.. kept.Routes.Where(route => !left.Contains(route))] }, [.. known.Warnings, .. warnings], known.WarningCount + left.Count);
    }

    /// <summary>For each route that is not needed, the one that covers it, which is needed.</summary>
    private static Dictionary<int, int> Covering(IReadOnlyList<Route> routes)
    {
        var order = new int[routes.Count];
        var keys = new PrefixOrder[routes.Count];
        for (var i = 0; i < routes.Count; i++)
        {
            (order[i], keys[i]) = (i, new PrefixOrder(routes[i].Prefix));
        }

        // Every prefix stands behind those that hold it.
        Array.Sort(keys, order);
        Dictionary<int, int> covering = [];
        var open = new Stack<int>();
        foreach (var index in order)
        {
            var (prefix, nextHop) = routes[index];
            while (open.TryPeek(out var outer) && !Holds(routes[outer].Prefix, prefix))
            {
                open.Pop();
            }

            if (open.TryPeek(out var parent) && routes[parent].NextHop == nextHop)
            {
                covering.Add(index, parent);
            }
            else
            {
                open.Push(index);
            }
        }

        return covering;
    }

    private static bool Holds(IpPrefix outer, IpPrefix inner) =>
        outer.Address.IsV6 == inner.Address.IsV6 && outer.Length <= inner.Length && outer.First <= inner.First && inner.Last <= outer.Last;

    /// <summary>Destinations of packets that arrive by any port: ranges in order that neither overlap nor touch.</summary>
    private static List<Interval> Destinations(IReadOnlyList<HeaderSpace> arrivals, bool isV6)
    {
        List<Interval> merged = [];
        foreach (var range in arrivals.SelectMany(packets => packets.Cubes)
            .Where(cube => cube.IsV6 == isV6).Select(cube => cube[HeaderField.Destination]).Select(set => new Interval(set.First, set.Last)).OrderBy(range => range.First))
        {
            if (merged.Count > 0 && (merged[^1].Last == UInt128.MaxValue || range.First <= merged[^1].Last + 1))
            {
                merged[^1] = merged[^1].Hull(range);
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }

    private static bool Overlaps(List<Interval> ranges, Interval range)
    {
        var (low, high) = (0, ranges.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = ranges[middle].Last < range.First ? (middle + 1, high) : (low, middle);
        }

        return low < ranges.Count && ranges[low].First <= range.Last;
    }

    private static string Name(RouterConfiguration router, int route) => $"{Field(route)} ({router.Routes[route].Prefix})";

    private static string Field(int route) => $"routes[{route}]";

    /// <summary>Orders by version, first address, then length.</summary>
    private readonly struct PrefixOrder(IpPrefix prefix) : IComparable<PrefixOrder>
    {
        private readonly UInt128 _first = prefix.First;
        private readonly int _length = prefix.Length + (prefix.Address.IsV6 ? 1000 : 0);

        public int CompareTo(PrefixOrder other)
        {
            var version = (_length >= 1000).CompareTo(other._length >= 1000);
            var first = version != 0 ? version : _first.CompareTo(other._first);
            return first != 0 ? first : _length.CompareTo(other._length);
        }
    }
}
