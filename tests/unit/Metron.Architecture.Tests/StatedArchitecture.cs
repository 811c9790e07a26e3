using System.Text.RegularExpressions;

namespace Metron.Architecture.Tests;

/// <summary>What docs/architecture.md says about projects.</summary>
internal static partial class StatedArchitecture
{
    private static readonly string s_text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md"));

    /// <summary>The projects that each project may refer to, by names without "Metron.": those stated, and those that these may refer to.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Dependencies { get; } = Close(ReadStatedDependencies());

    /// <summary>The folder of each project of the layout, by its full name: "Metron.Packets" is "nf-library/Metron.Packets".</summary>
    public static IReadOnlyDictionary<string, string> Folders { get; } = ReadFolders();

    private static Dictionary<string, HashSet<string>> ReadStatedDependencies()
    {
        var start = s_text.IndexOf("Dependencies point one way:", StringComparison.Ordinal);
        var end = s_text.IndexOf("A test asserts the graph", start, StringComparison.Ordinal);
        var sentence = Whitespace().Replace(s_text[start..end], " ")["Dependencies point one way: ".Length..].Replace("NetworkFunctions' declarations", "NetworkFunctions", StringComparison.Ordinal);
        var stated = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var statement in sentence.TrimEnd('.', ' ').Split(';', StringSplitOptions.TrimEntries))
        {
            if (statement.Split(" depend on nothing of ours", 2) is [var independent, _])
            {
                foreach (var name in independent.Split(',', StringSplitOptions.TrimEntries))
                {
                    stated.Add(name, []);
                }
            }
            else
            {
                var sides = statement.Split('→', StringSplitOptions.TrimEntries);
                stated.Add(sides[0], sides[1] == "nothing" ? [] : [.. sides[1].Split(',', StringSplitOptions.TrimEntries)]);
            }
        }

        return stated;
    }

    private static Dictionary<string, IReadOnlySet<string>> Close(Dictionary<string, HashSet<string>> stated)
    {
        HashSet<string> Reach(string name, HashSet<string> reached)
        {
            foreach (var next in stated[name])
            {
                Assert.True(stated.ContainsKey(next), $"docs/architecture.md lets {name} depend on {next}, of which it says nothing");
                if (reached.Add(next))
                {
                    Reach(next, reached);
                }
            }

            return reached;
        }

        return stated.Keys.ToDictionary(name => name, name => (IReadOnlySet<string>)Reach(name, []), StringComparer.Ordinal);
    }

    private static Dictionary<string, string> ReadFolders()
    {
        var start = s_text.IndexOf("proto/metron/v1/*.proto ", StringComparison.Ordinal);
        var layout = s_text[start..s_text.IndexOf("```", start, StringComparison.Ordinal)];
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        var top = string.Empty;
        foreach (var line in layout.Split('\n'))
        {
            if (TopFolder().Match(line) is { Success: true } folder)
            {
                top = folder.Groups[1].Value;
            }
            else if (ProjectFolder().Match(line) is { Success: true } project)
            {
                folders.Add(project.Groups[1].Value, $"{top}/{project.Groups[1].Value}");
            }
        }

        return folders;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    [GeneratedRegex("^([a-z-]+)/")]
    private static partial Regex TopFolder();

    [GeneratedRegex("^  (Metron[.][A-Za-z]+)/")]
    private static partial Regex ProjectFolder();
}
