namespace Metron.Import.Syntax;

/// <summary>A text file.</summary>
/// <param name="File">File as the operator names it.</param>
/// <param name="Text">What it holds.</param>
public sealed record SourceText(string File, string Text)
{
    private const int LongestLine = 65_536;

    /// <summary>The lines with their numbers, without line ends. A line that is too long or has control characters is reported and left out.</summary>
    internal IEnumerable<(int Number, string Line)> Lines(ImportLog log)
    {
        var number = 0;
        foreach (var range in Text.AsSpan().Split('\n').ToRanges())
        {
            number++;
            var line = Text.AsSpan()[range].TrimEnd('\r');
            if (line.Length > LongestLine)
            {
                log.Problem(new Place(number), $"is {line.Length:N0} characters long; no line of such a file is longer than {LongestLine:N0}");
            }
            else if (line.IndexOfAnyInRange('\0', '\u0008') is var control and >= 0)
            {
                log.Problem(new Place(number, control + 1), "has control characters; this is not a text file of the expected format");
            }
            else
            {
                yield return (number, line.ToString());
            }

            if (log.IsFull)
            {
                yield break;
            }
        }
    }
}

/// <summary>Ranges of a split, kept, as an iterator cannot hold a span.</summary>
file static class SplitRanges
{
    public static List<Range> ToRanges(this MemoryExtensions.SpanSplitEnumerator<char> split)
    {
        List<Range> ranges = [];
        foreach (var range in split)
        {
            ranges.Add(range);
        }

        return ranges;
    }
}
