using Metron.Mapping.Yaml;

namespace Metron.Mapping.Tests;

public class UnifiedDiffTests
{
    [Fact]
    public void Texts_that_are_the_same_have_no_difference() => Assert.Empty(UnifiedDiff.Of("a\nb\n", "a\nb\n", "old", "new"));

    [Fact]
    public void A_difference_is_written_as_diff_u_writes_it()
    {
        var before = string.Concat(Enumerable.Range(1, 20).Select(i => $"{i}\n"));
        var after = before.Replace("\n2\n", "\ntwo\n", StringComparison.Ordinal).Replace("\n18\n", "\n", StringComparison.Ordinal);
        Assert.Equal(
            "--- old\n+++ new\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -15,6 +15,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n",
            UnifiedDiff.Of(before, after, "old", "new"));
    }

    [Fact]
    public void All_of_a_text_is_new_where_there_was_none() =>
        Assert.Equal("--- nothing\n+++ new\n@@ -0,0 +1,2 @@\n+a\n+b\n", UnifiedDiff.Of("", "a\nb\n", "nothing", "new"));

    [Fact]
    public void A_difference_carried_out_on_the_old_text_gives_the_new_one_and_changes_no_more_lines_than_needed()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var (old, young) = (Lines(random), Lines(random));
            var diff = UnifiedDiff.Of(Text(old), Text(young), "old", "new");
            var changed = diff.Split('\n').Skip(2).Count(line => line.StartsWith('+') || line.StartsWith('-'));
            Assert.Equal(old.Count + young.Count - (2 * LongestCommon(old, young)), changed);
            Assert.Equal(young, Patch(old, diff));
        }
    }

    private static List<string> Lines(Random random) => [.. Enumerable.Range(0, random.Next(30)).Select(_ => ((char)('a' + random.Next(4))).ToString())];

    private static string Text(List<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private static int LongestCommon(List<string> a, List<string> b)
    {
        var lengths = new int[a.Count + 1, b.Count + 1];
        for (var i = 1; i <= a.Count; i++)
        {
            for (var j = 1; j <= b.Count; j++)
            {
                lengths[i, j] = a[i - 1] == b[j - 1] ? lengths[i - 1, j - 1] + 1 : Math.Max(lengths[i - 1, j], lengths[i, j - 1]);
            }
        }

        return lengths[a.Count, b.Count];
    }

    private static List<string> Patch(List<string> old, string diff)
    {
        var result = new List<string>();
        var at = 0;
        foreach (var line in diff.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2))
        {
            if (line.StartsWith("@@", StringComparison.Ordinal))
            {
                var range = line.Split(' ')[1][1..].Split(',');
                var start = int.Parse(range[0], System.Globalization.CultureInfo.InvariantCulture) - (range is [_, "0"] ? 0 : 1);
                result.AddRange(old[at..start]);
                at = start;
            }
            else if (line[0] == '+')
            {
                result.Add(line[1..]);
            }
            else
            {
                Assert.Equal(old[at], line[1..]);
                at++;
                result.AddRange(line[0] == ' ' ? [line[1..]] : Array.Empty<string>());
            }
        }

        result.AddRange(old[at..]);
        return result;
    }
}
