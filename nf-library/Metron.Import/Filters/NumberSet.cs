namespace Metron.Import.Filters;

/// <summary>A set of numbers from 0 to a maximum, as ascending intervals that neither overlap nor touch. Immutable.</summary>
internal sealed class NumberSet
{
    private readonly (UInt128 First, UInt128 Last)[] _intervals;

    private NumberSet((UInt128 First, UInt128 Last)[] intervals) => _intervals = intervals;

    /// <summary>The intervals, inclusive, ascending.</summary>
    public ReadOnlySpan<(UInt128 First, UInt128 Last)> Intervals => _intervals;

    /// <summary>Whether no number is in it.</summary>
    public bool IsEmpty => _intervals.Length == 0;

    /// <summary>Numbers from first to last, inclusive.</summary>
    public static NumberSet Range(UInt128 first, UInt128 last) => new([(first, last)]);

    /// <summary>One number.</summary>
    public static NumberSet Of(UInt128 value) => Range(value, value);

    /// <summary>All numbers of any of the intervals.</summary>
    public static NumberSet Union(IEnumerable<(UInt128 First, UInt128 Last)> intervals)
    {
        List<(UInt128 First, UInt128 Last)> merged = [];
        foreach (var interval in intervals.OrderBy(interval => interval.First))
        {
            if (merged.Count > 0 && (interval.First <= merged[^1].Last || interval.First - 1 == merged[^1].Last))
            {
                merged[^1] = (merged[^1].First, UInt128.Max(merged[^1].Last, interval.Last));
            }
            else
            {
                merged.Add(interval);
            }
        }

        return new NumberSet([.. merged]);
    }

    /// <summary>Whether every number from 0 to the maximum is in it.</summary>
    public bool IsFull(UInt128 maximum) => _intervals is [var only] && only.First == 0 && only.Last == maximum;

    /// <summary>Whether the number is in it.</summary>
    public bool Contains(UInt128 value)
    {
        foreach (var (first, last) in _intervals)
        {
            if (value >= first && value <= last)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether every number of the other set is in this one.</summary>
    public bool Covers(NumberSet other)
    {
        foreach (var (first, last) in other._intervals)
        {
            if (!_intervals.Any(mine => mine.First <= first && mine.Last >= last))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The numbers in both.</summary>
    public NumberSet Intersect(NumberSet other)
    {
        List<(UInt128, UInt128)> common = [];
        for (int i = 0, j = 0; i < _intervals.Length && j < other._intervals.Length;)
        {
            var first = UInt128.Max(_intervals[i].First, other._intervals[j].First);
            var last = UInt128.Min(_intervals[i].Last, other._intervals[j].Last);
            if (first <= last)
            {
                common.Add((first, last));
            }

            if (_intervals[i].Last < other._intervals[j].Last)
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return new NumberSet([.. common]);
    }

    /// <summary>The numbers up to the maximum that are not in it.</summary>
    public NumberSet Complement(UInt128 maximum)
    {
        List<(UInt128, UInt128)> gaps = [];
        UInt128 next = 0;
        foreach (var (first, last) in _intervals)
        {
            if (first > next)
            {
                gaps.Add((next, first - 1));
            }

            if (last == maximum)
            {
                return new NumberSet([.. gaps]);
            }

            next = last + 1;
        }

        gaps.Add((next, maximum));
        return new NumberSet([.. gaps]);
    }

    /// <summary>How many numbers are in it, up to a limit.</summary>
    public int Count(int limit)
    {
        UInt128 count = 0;
        foreach (var (first, last) in _intervals)
        {
            count += UInt128.Min(last - first, (UInt128)limit) + 1;
            if (count >= (UInt128)limit)
            {
                return limit;
            }
        }

        return (int)count;
    }

    /// <summary>The numbers one by one; only for sets known to be small.</summary>
    public IEnumerable<UInt128> Values()
    {
        foreach (var (first, last) in _intervals)
        {
            for (var value = first; ; value++)
            {
                yield return value;
                if (value == last)
                {
                    break;
                }
            }
        }
    }
}
