using System.Globalization;
using System.Text;

namespace Metron.Mapping.Yaml;

/// <summary>Two texts compared line by line, written as <c>diff -u</c> writes it.</summary>
public static class UnifiedDiff
{
    private const int Context = 3;

    /// <summary>
    /// Most steps that are searched for the shortest script; texts that differ in more lines between their first and their last difference are shown as
    /// replaced there. Bounds time and memory: the search takes both in proportion to its square.
    /// </summary>
    private const int MostSteps = 2000;

    /// <summary>The difference; empty when there is none.</summary>
    /// <param name="before">The text before; empty for none.</param>
    /// <param name="after">The text after; empty for none.</param>
    /// <param name="beforeName">What the text before is called.</param>
    /// <param name="afterName">What the text after is called.</param>
    public static string Of(string before, string after, string beforeName, string afterName)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var (old, young) = (Lines(before), Lines(after));
        var edits = Compare(old, young);
        if (edits.TrueForAll(edit => edit.Kind == ' '))
        {
            return string.Empty;
        }

        var text = new StringBuilder($"--- {beforeName}\n+++ {afterName}\n");
        for (var start = 0; Next(edits, start) is var first and >= 0;)
        {
            var end = End(edits, first);
            Hunk(text, edits, Math.Max(start, first - Context), Math.Min(edits.Count, end + Context));
            start = end;
        }

        return text.ToString();
    }

    private static int Next(List<Edit> edits, int from) => edits.FindIndex(from, edit => edit.Kind != ' ');

    /// <summary>Behind the last change that is not further from the one before than their contexts reach.</summary>
    private static int End(List<Edit> edits, int first)
    {
        var end = first + 1;
        while (Next(edits, end) is var next and >= 0 && next - end <= 2 * Context)
        {
            end = next + 1;
        }

        return end;
    }

    private static void Hunk(StringBuilder text, List<Edit> edits, int from, int to)
    {
        var oldStart = edits.Take(from).Count(edit => edit.Kind != '+');
        var newStart = edits.Take(from).Count(edit => edit.Kind != '-');
        var hunk = edits.GetRange(from, to - from);
        text.Append(CultureInfo.InvariantCulture, $"@@ -{Range(oldStart, hunk.Count(edit => edit.Kind != '+'))} +{Range(newStart, hunk.Count(edit => edit.Kind != '-'))} @@\n");
        foreach (var edit in hunk)
        {
            text.Append(edit.Kind).Append(edit.Line).Append('\n');
        }
    }

    /// <summary>As POSIX has it: the line before an empty range, and no count of one.</summary>
    private static string Range(int skipped, int count) => count == 1
        ? string.Create(CultureInfo.InvariantCulture, $"{skipped + 1}")
        : string.Create(CultureInfo.InvariantCulture, $"{(count == 0 ? skipped : skipped + 1)},{count}");

    private static string[] Lines(string text) => text.Length == 0 ? [] : (text[^1] == '\n' ? text[..^1] : text).Split('\n');

    private static List<Edit> Compare(string[] old, string[] young)
    {
        var head = 0;
        while (head < old.Length && head < young.Length && old[head] == young[head])
        {
            head++;
        }

        var tail = 0;
        while (tail < old.Length - head && tail < young.Length - head && old[^(tail + 1)] == young[^(tail + 1)])
        {
            tail++;
        }

        var (oldMiddle, newMiddle) = (old[head..^tail], young[head..^tail]);
        return
        [
            .. old.Take(head).Select(line => new Edit(' ', line)),
            .. Shortest(oldMiddle, newMiddle) ?? [.. oldMiddle.Select(line => new Edit('-', line)), .. newMiddle.Select(line => new Edit('+', line))],
            .. old.TakeLast(tail).Select(line => new Edit(' ', line)),
        ];
    }

    /// <summary>The shortest script (E. W. Myers, An O(ND) Difference Algorithm, 1986); null when it takes too many steps.</summary>
    private static List<Edit>? Shortest(string[] old, string[] young)
    {
        var most = Math.Min(old.Length + young.Length, MostSteps);
        var furthest = new int[(2 * most) + 3];
        var trace = new List<int[]>();
        for (var steps = 0; steps <= most; steps++)
        {
            trace.Add(furthest[(most + 1 - steps)..(most + 2 + steps)]);
            for (var diagonal = -steps; diagonal <= steps; diagonal += 2)
            {
                var at = most + 1 + diagonal;
                var x = IsDown(furthest, at, diagonal, steps) ? furthest[at + 1] : furthest[at - 1] + 1;
                while (x < old.Length && x - diagonal < young.Length && old[x] == young[x - diagonal])
                {
                    x++;
                }

                furthest[at] = x;
                if (x >= old.Length && x - diagonal >= young.Length)
                {
                    return Walk(trace, old, young);
                }
            }
        }

        return null;
    }

    private static bool IsDown(ReadOnlySpan<int> furthest, int at, int diagonal, int steps) =>
        diagonal == -steps || (diagonal != steps && furthest[at - 1] < furthest[at + 1]);

    /// <summary>The script, found backwards from the end.</summary>
    private static List<Edit> Walk(List<int[]> trace, string[] old, string[] young)
    {
        var edits = new List<Edit>();
        var (x, y) = (old.Length, young.Length);
        for (var steps = trace.Count - 1; steps > 0; steps--)
        {
            // What was furthest before the step, for the diagonals from -steps to steps.
            var furthest = trace[steps];
            var diagonal = x - y;
            var isDown = IsDown(furthest, diagonal + steps, diagonal, steps);
            var previousX = isDown ? furthest[diagonal + 1 + steps] : furthest[diagonal - 1 + steps];
            var previousY = previousX - (isDown ? diagonal + 1 : diagonal - 1);
            while (x > previousX && y > previousY)
            {
                edits.Add(new Edit(' ', old[--x]));
                y--;
            }

            edits.Add(isDown ? new Edit('+', young[--y]) : new Edit('-', old[--x]));
        }

        while (x > 0)
        {
            edits.Add(new Edit(' ', old[--x]));
        }

        edits.Reverse();
        return edits;
    }

    private readonly record struct Edit(char Kind, string Line);
}
