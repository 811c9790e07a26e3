using Metron.Synthesis;

namespace Metron.NetworkFunctions.Router;

/// <summary>Destinations and the outcome that routes give them.</summary>
internal readonly record struct RoutedRange(Interval Destinations, int Outcome);

/// <summary>Turns prefixes, of which the longest wins, into ranges that do not overlap.</summary>
internal static class LongestPrefixRanges
{
    /// <summary>Ranges in order that cover all addresses; neighbours differ in their outcome.</summary>
    /// <param name="prefixes">Prefixes as ranges: two of them are disjoint, or one holds the other.</param>
    /// <param name="width">Bits of an address.</param>
    /// <param name="noRoute">Outcome of addresses in no prefix.</param>
    public static List<RoutedRange> Of(IEnumerable<RoutedRange> prefixes, int width, int noRoute)
    {
        var sweep = new Sweep(Interval.OfWidth(width), noRoute);
        foreach (var prefix in prefixes.OrderBy(prefix => prefix.Destinations.First).ThenByDescending(prefix => prefix.Destinations.Last))
        {
            sweep.Open(prefix);
        }

        return sweep.Finish();
    }

    /// <summary>Walks over the addresses in order; open prefixes are stacked, the innermost on top.</summary>
    private sealed class Sweep
    {
        private readonly Stack<RoutedRange> _open = new();
        private readonly List<RoutedRange> _ranges = [];
        private UInt128 _from;
        private bool _atEnd;

        public Sweep(Interval all, int noRoute) => _open.Push(new RoutedRange(all, noRoute));

        public void Open(RoutedRange prefix)
        {
            while (!_open.Peek().Destinations.Contains(prefix.Destinations.First))
            {
                Close();
            }

            if (prefix.Destinations.First > _from)
            {
                Emit(prefix.Destinations.First - 1, _open.Peek().Outcome);
            }

            _open.Push(prefix);
        }

        public List<RoutedRange> Finish()
        {
            while (_open.Count > 0)
            {
                Close();
            }

            return _ranges;
        }

        private void Close()
        {
            var ended = _open.Pop();
            if (!_atEnd && ended.Destinations.Last >= _from)
            {
                Emit(ended.Destinations.Last, ended.Outcome);
            }
        }

        private void Emit(UInt128 last, int outcome)
        {
            if (_ranges.Count > 0 && _ranges[^1].Outcome == outcome)
            {
                _ranges[^1] = new RoutedRange(new Interval(_ranges[^1].Destinations.First, last), outcome);
            }
            else
            {
                _ranges.Add(new RoutedRange(new Interval(_from, last), outcome));
            }

            _atEnd = last == UInt128.MaxValue;
            _from = last + 1;
        }
    }
}
