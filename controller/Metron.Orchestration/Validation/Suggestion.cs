namespace Metron.Orchestration;

/// <summary>Finds what a mistyped name was meant to be.</summary>
internal static class Suggestion
{
    /// <summary>"; did you mean rt?" when a known name is close, else the known names.</summary>
    public static string Of(string name, IReadOnlyCollection<string> known)
    {
        var closest = known.Select(candidate => (Name: candidate, Distance: Distance(name, candidate)))
            .Where(candidate => candidate.Distance <= Math.Max(1, Math.Min(name.Length, candidate.Name.Length) / 3))
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
        return closest is not null ? $"; did you mean {closest}?" : known.Count == 0 ? "; there is none" : $"; there is {List(known)}";
    }

    /// <summary>"a, b and c", shortened when there are many.</summary>
    public static string List(IReadOnlyCollection<string> names)
    {
        const int most = 10;
        var shown = names.Take(most).ToList();
        return names.Count > most ? $"{string.Join(", ", shown)} and {names.Count - most} more"
            : names.Count == 1 ? shown[0]
            : $"{string.Join(", ", shown[..^1])} and {shown[^1]}";
    }

    /// <summary>Fewest insertions, deletions and replacements of a letter that make one name of the other.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
