namespace Metron.Mapping;

/// <summary>Finds what a mistyped word was probably meant to be.</summary>
public static class Suggestion
{
    /// <summary>
    /// The candidate nearest to the word: the same letters in another case or with other separators, else at most a third of its letters
    /// changed. Null when none is near.
    /// </summary>
    public static string? For(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var distance = Simplify(word) == Simplify(candidate) ? 0 : Distance(word, candidate);
            if (distance < bestDistance && distance <= Math.Max(1, Math.Min(word.Length, candidate.Length) / 3))
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>"; did you mean 'x'?", or "; expected one of a, b, c" when no candidate is near and there are not too many.</summary>
    public static string Phrase(string word, IReadOnlyCollection<string> candidates) => For(word, candidates) switch
    {
        { } near => $"; did you mean '{near}'?",
        null when candidates.Count is > 0 and <= 24 => $"; expected one of {string.Join(", ", candidates)}",
        _ => string.Empty,
    };

    private static string Simplify(string word) =>
        new([.. word.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    // Optimal string alignment: insertions, deletions, changes and swaps of neighbours. Words are short; long ones are cut.
    private static int Distance(string left, string right)
    {
        left = left.Length > 64 ? left[..64] : left;
        var distances = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            distances[i, 0] = i;
        }

        for (var j = 0; j <= right.Length; j++)
        {
            distances[0, j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                var distance = Math.Min(Math.Min(distances[i - 1, j] + 1, distances[i, j - 1] + 1), distances[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    distance = Math.Min(distance, distances[i - 2, j - 2] + 1);
                }

                distances[i, j] = distance;
            }
        }

        return distances[left.Length, right.Length];
    }
}
