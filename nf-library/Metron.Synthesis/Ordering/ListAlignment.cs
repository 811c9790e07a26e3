namespace Metron.Synthesis;

/// <summary>Tells what two versions of a list have in common.</summary>
public static class ListAlignment
{
    /// <summary>
    /// For each member of a list its place in the list before, or -1 when it is new or has moved; the places increase. The longest
    /// such alignment where members differ from each other. Linear for a common beginning and end, and little more than linear between them.
    /// </summary>
    /// <param name="now">The list.</param>
    /// <param name="before">The list as it was.</param>
    /// <param name="comparer">What makes two members the same; null: their own equality.</param>
    public static int[] Of<T>(IReadOnlyList<T> now, IReadOnlyList<T> before, IEqualityComparer<T>? comparer = null)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(now);
        ArgumentNullException.ThrowIfNull(before);
        comparer ??= EqualityComparer<T>.Default;
        var origins = new int[now.Count];
        var shorter = Math.Min(now.Count, before.Count);
        var start = 0;
        while (start < shorter && comparer.Equals(now[start], before[start]))
        {
            origins[start] = start;
            start++;
        }

        var (end, endBefore) = (now.Count, before.Count);
        while (end > start && endBefore > start && comparer.Equals(now[end - 1], before[endBefore - 1]))
        {
            origins[--end] = --endBefore;
        }

        Pair(now, before, comparer, origins, (start, end, endBefore));
        KeepLongestRise(origins.AsSpan(start, end - start));
        return origins;
    }

    /// <summary>The inverse: for each member of the list before its place now, or -1.</summary>
    /// <param name="origins">An alignment.</param>
    /// <param name="countBefore">Length of the list before.</param>
    public static int[] Inverse(ReadOnlySpan<int> origins, int countBefore)
    {
        var places = new int[countBefore];
        Array.Fill(places, -1);
        for (var i = 0; i < origins.Length; i++)
        {
            if (origins[i] >= 0)
            {
                places[origins[i]] = i;
            }
        }

        return places;
    }

    /// <summary>Gives each member of the middle the first equal one of before that no other has.</summary>
    private static void Pair<T>(
        IReadOnlyList<T> now, IReadOnlyList<T> before, IEqualityComparer<T> comparer, int[] origins, (int Start, int End, int EndBefore) middle)
        where T : notnull
    {
        var free = new Dictionary<T, Queue<int>>(comparer);
        if (middle.End > middle.Start)
        {
            for (var i = middle.Start; i < middle.EndBefore; i++)
            {
                if (!free.TryGetValue(before[i], out var places))
                {
                    free.Add(before[i], places = new Queue<int>(1));
                }

                places.Enqueue(i);
            }
        }

        for (var i = middle.Start; i < middle.End; i++)
        {
            origins[i] = free.TryGetValue(now[i], out var places) && places.TryDequeue(out var place) ? place : -1;
        }
    }

    /// <summary>Replaces by -1 what is not in a longest increasing subsequence (patience sorting).</summary>
    private static void KeepLongestRise(Span<int> origins)
    {
        List<int> ends = [];
        var previous = new int[origins.Length];
        for (var i = 0; i < origins.Length; i++)
        {
            if (origins[i] < 0)
            {
                continue;
            }

            var (low, high) = (0, ends.Count);
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                (low, high) = origins[ends[middle]] < origins[i] ? (middle + 1, high) : (low, middle);
            }

            previous[i] = low > 0 ? ends[low - 1] : -1;
            if (low == ends.Count)
            {
                ends.Add(i);
            }
            else
            {
                ends[low] = i;
            }
        }

        var kept = ends.Count > 0 ? ends[^1] : -1;
        for (var i = origins.Length - 1; i >= 0; i--)
        {
            if (i == kept)
            {
                kept = previous[i];
            }
            else
            {
                origins[i] = -1;
            }
        }
    }
}
