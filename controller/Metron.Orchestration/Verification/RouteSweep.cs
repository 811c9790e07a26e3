using Metron.NetworkFunctions.Router;
using Metron.Synthesis;

namespace Metron.Orchestration;

/// <summary>Compares two lists of routes by a sweep over all destinations: linear in the routes but for sorting them.</summary>
internal static class RouteSweep
{
    /// <summary>The lowest destination that they treat differently; null when there is none.</summary>
    public static UInt128? Difference(IEnumerable<Route> left, IEnumerable<Route> right, bool isV6)
    {
        using var lefts = Ranges(left, isV6).GetEnumerator();
        using var rights = Ranges(right, isV6).GetEnumerator();
        lefts.MoveNext();
        rights.MoveNext();
        while (true)
        {
            var (one, other) = (lefts.Current, rights.Current);
            if (one.NextHop != other.NextHop)
            {
                return UInt128.Max(one.Destinations.First, other.Destinations.First);
            }

            // Both cover all destinations without gaps, so they end together.
            var (oneEnds, otherEnds) = (one.Destinations.Last <= other.Destinations.Last, other.Destinations.Last <= one.Destinations.Last);
            if ((oneEnds && !lefts.MoveNext()) | (otherEnds && !rights.MoveNext()))
            {
                return null;
            }
        }
    }

    /// <summary>All destinations in order, by what the longest prefix says.</summary>
    private static IEnumerable<(Interval Destinations, NextHop? NextHop)> Ranges(IEnumerable<Route> routes, bool isV6)
    {
        var all = Interval.OfWidth(isV6 ? 128 : 32);
        var open = new Stack<(UInt128 Last, NextHop? NextHop)>([(all.Last, null)]);
        var next = UInt128.Zero;
        var isOver = false;
        foreach (var route in routes.Where(route => route.Prefix.Address.IsV6 == isV6).OrderBy(route => route.Prefix.First).ThenBy(route => route.Prefix.Length))
        {
            foreach (var range in Close(route.Prefix.First))
            {
                yield return range;
            }

            if (next < route.Prefix.First)
            {
                yield return (new Interval(next, route.Prefix.First - 1), open.Peek().NextHop);
            }

            next = route.Prefix.First;
            open.Push((route.Prefix.Last, route.NextHop));
        }

        while (open.Count > 0 && !isOver)
        {
            var (last, hop) = open.Pop();
            if (next <= last)
            {
                yield return (new Interval(next, last), hop);
                isOver = last == all.Last;
                next = last + 1;
            }
        }

        // Ends the prefixes that lie wholly before a place.
        List<(Interval Destinations, NextHop? NextHop)> Close(UInt128 place)
        {
            List<(Interval Destinations, NextHop? NextHop)> closed = [];
            while (open.Peek().Last < place)
            {
                var (last, hop) = open.Pop();
                if (next <= last)
                {
                    closed.Add((new Interval(next, last), hop));
                    next = last + 1;
                }
            }

            return closed;
        }
    }
}
