using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Metron.Cli.Specs;

namespace Metron.Cli.Tests.WrongSpecs;

/// <summary>
/// A spec that must be refused, with the answer that it must get: lines "# expect: LINE:COLUMN PATH: part of the message" in the file, or the
/// same without "# expect: " in FILE.expect beside it. "-" stands for no place or no path. Nothing but the expected problems may be told.
/// </summary>
/// <remarks>Stands alone, so that tests against a real controller can include this file and run the same specs.</remarks>
public sealed partial record WrongSpec(string File, IReadOnlyList<WrongSpec.Problem> Expected)
{
    /// <summary>One expected problem.</summary>
    /// <param name="Place">"LINE:COLUMN", or "-".</param>
    /// <param name="Path">Field, or "-".</param>
    /// <param name="Message">Part of the message.</param>
    public sealed record Problem(string Place, string Path, string Message);

    /// <summary>The folder of wrong specs.</summary>
    public static string Folder { get; } = Find();

    /// <summary>Specs that are refused without a controller.</summary>
    public static IEnumerable<WrongSpec> Local => In(Folder).Where(spec => !spec.NeedsController);

    /// <summary>
    /// Specs whose graph is wrong or that do not fit switches and servers (files "graph-*"): a controller refuses them. The expected answers
    /// are those of a lab with the switch br0 (tagging by VLAN; ports 1, 2, 3, 101, 102) and server1 with workers at ports 101 and 102, and
    /// with the switches br1 (not connected) and br-mac (tagging by MAC, ports 1 and 2).
    /// </summary>
    public static IEnumerable<WrongSpec> Graph => In(Folder).Where(spec => spec.NeedsController);

    /// <summary>Whether only a controller can see what is wrong.</summary>
    public bool NeedsController => System.IO.Path.GetFileName(File).StartsWith("graph-", StringComparison.Ordinal);

    /// <summary>Specs that are too large to be kept as files, written into a folder.</summary>
    public static IEnumerable<WrongSpec> Generate(string folder)
    {
        var huge = Write(folder, "huge.yaml", "name: web\nspec: {}\n#", new Problem("-", "-", "is larger than 128 MiB"));
        using (var stream = System.IO.File.OpenWrite(huge.File))
        {
            stream.SetLength(SpecBytes.Limit + 1);
        }

        yield return huge;
        yield return Write(
            folder, "deep.yaml", "name: web\nspec: " + new string('[', 100_000), new Problem("2:38", "spec" + string.Concat(Enumerable.Repeat("[0]", 31)), "nested deeper than 32"));
        yield return Write(
            folder, "deep.json", "{\"name\": \"web\", \"spec\": " + string.Concat(Enumerable.Repeat("{\"spec\": ", 100_000)), new Problem("1:304", "spec" + string.Concat(Enumerable.Repeat(".spec", 31)), "nested deeper than 32"));
        var rules = string.Concat(Enumerable.Repeat("{action: DENY}, ", 100_001));
        yield return Write(
            folder,
            "rules.yaml",
            $"name: web\nspec: {{endpoints: [{{name: a, switch: br0, port: 1}}],\n functions: [{{name: fw, firewall: {{rules: [{rules}]}}}}]}}\n",
            new Problem("3:36", "spec.functions[0].firewall.rules", "has 100001 elements; at most 100000"));
        yield return Write(
            folder,
            "endpoints.yaml",
            "name: web\nspec:\n  endpoints: [" + string.Concat(Enumerable.Range(1, 65).Select(i => $"{{name: e{i}, switch: br0, port: {i}}}, ")) + "]\n",
            new Problem("3:3", "spec.endpoints", "has 65 elements; at most 64"));
    }

    /// <summary>What differs between the expected problems and what was printed; empty when nothing does.</summary>
    /// <param name="printed">Lines of standard error.</param>
    public string Difference(IEnumerable<string> printed)
    {
        var prefix = File + ":";
        var lines = printed.Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Select(line => line[prefix.Length..]).ToList();
        var missing = Expected.Where(problem => !lines.Any(line => Fits(line, problem))).Select(problem => $"expected but not told: {problem}");
        var unexpected = lines.Where(line => !Expected.Any(problem => Fits(line, problem))).Select(line => $"told but not expected: {line}");
        var differences = missing.Concat(unexpected).ToList();
        return differences.Count == 0 && lines.Count == Expected.Count ? string.Empty : string.Join('\n', [$"{File}: {lines.Count} told, {Expected.Count} expected", .. differences]);
    }

    /// <inheritdoc/>
    public override string ToString() => System.IO.Path.GetRelativePath(Folder, File);

    private static bool Fits(string line, Problem problem)
    {
        var start = (problem.Place == "-" ? " " : $"{problem.Place}: ") + (problem.Path == "-" ? string.Empty : $"{problem.Path}: ");
        return line.StartsWith(start, StringComparison.Ordinal) && line[start.Length..].Contains(problem.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<WrongSpec> In(string folder) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFiles(folder)
            .Where(file => System.IO.Path.GetExtension(file) is ".yaml" or ".json")
            .Order(StringComparer.Ordinal)
            .Select(Read);

    private static WrongSpec Read(string file)
    {
        var beside = file + ".expect";
        var lines = System.IO.File.Exists(beside)
            ? System.IO.File.ReadLines(beside)
            : System.IO.File.ReadLines(file).Where(line => line.Contains("# expect: ", StringComparison.Ordinal)).Select(line => line[(line.IndexOf("# expect: ", StringComparison.Ordinal) + 10)..]);
        var expected = lines.Where(line => line.Length > 0).Select(line => Expectation().Match(line)).Select(match => match.Success
            ? new Problem(match.Groups["place"].Value, match.Groups["path"].Value, match.Groups["message"].Value)
            : throw new FormatException($"{file} has an expectation that cannot be read")).ToList();
        return expected.Count > 0 ? new WrongSpec(file, expected) : throw new FormatException($"{file} expects nothing");
    }

    private static WrongSpec Write(string folder, string name, string text, Problem expected)
    {
        var file = System.IO.Path.Combine(folder, name);
        System.IO.File.WriteAllText(file, text);
        return new WrongSpec(file, [expected]);
    }

    private static string Find([CallerFilePath] string here = "") =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "../wrong-specs"));

    [GeneratedRegex("""^(?<place>-|[0-9]+:[0-9]+) (?<path>-|(?:[^ :"]|"[^"]*")+): (?<message>.*)$""", RegexOptions.CultureInvariant)]
    private static partial Regex Expectation();
}
