using Metron.Mapping;

namespace Metron.Cli.Specs;

/// <summary>What spec files hold, and everything that is wrong with them.</summary>
/// <param name="Documents">The chains, in the order of files and documents.</param>
/// <param name="Problems">The problems, in the same order.</param>
internal sealed record SpecFiles(IReadOnlyList<SpecDocument> Documents, IReadOnlyList<SpecProblem> Problems)
{
    private const int MostProblems = 1000;
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Reads files, the spec files of directories (not of those below), and "-", standard input. Chains are not checked yet.</summary>
    public static SpecFiles Read(IEnumerable<string> sources, Stream standardInput)
    {
        var documents = new List<SpecDocument>();
        var problems = new List<SpecProblem>();
        foreach (var file in sources.SelectMany(source => Expand(source, problems)))
        {
            ReadFile(file, standardInput, documents, problems);
        }

        CheckUnique(documents, problems);
        return new SpecFiles(documents, problems);
    }

    /// <summary>Adds the problems of the chains that show without the controller, in the order of the files.</summary>
    public SpecFiles Checked()
    {
        var files = Problems.Select(problem => problem.File).Concat(Documents.Select(document => document.File)).Distinct().ToList();
        var all = Problems.Concat(Documents.SelectMany(Check));
        return this with
        {
            Problems = [.. all.OrderBy(p => files.IndexOf(p.File)).ThenBy(p => p.At?.Line ?? 0).ThenBy(p => p.At?.Column ?? 0)],
        };
    }

    private IEnumerable<SpecProblem> Check(SpecDocument document)
    {
        if (document.Source is not YamlMapping)
        {
            return [];
        }

        var read = Problems.Where(problem => problem.File == document.File && problem.Path.Length > 0).Select(problem => problem.Path).ToList();
        return document.Mapped.Violations
            .Where(violation => !read.Any(path => FollowsFrom(violation, path, document)))
            .Select(document.Problem);
    }

    // A field that could not be read is not there for the mapper: what it then misses is not told twice.
    private static bool FollowsFrom(Violation violation, string unread, SpecDocument document) =>
        SpecPath.IsWithin(violation.Path, unread)
        || SpecPath.IsWithin(unread, violation.Path)
        || (SpecPath.Parent(violation.Path) == SpecPath.Parent(unread) && !document.Has(violation.Path));

    private static List<string> Expand(string source, List<SpecProblem> problems)
    {
        if (source == "-" || !Directory.Exists(source))
        {
            return [source];
        }

        var files = Directory.EnumerateFiles(source)
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)
            .ToList();
        if (files.Count == 0)
        {
            problems.Add(new SpecProblem(source, null, string.Empty, "the directory has no .yaml, .yml or .json files"));
        }

        return files;
    }

    private static void ReadFile(string file, Stream standardInput, List<SpecDocument> documents, List<SpecProblem> problems)
    {
        var name = file == "-" ? "stdin" : file;
        try
        {
            var values = YamlReader.Read(Text(file, standardInput)).SelectMany(Chains).ToList();
            if (values.Count == 0)
            {
                problems.Add(new SpecProblem(name, null, string.Empty, "is empty; a spec has at least 'name' and 'spec'"));
            }

            var found = 0;
            var reader = new MessageReader((at, path, message) =>
            {
                // A hostile file can have a problem for every few bytes.
                problems.Add(++found <= MostProblems
                    ? new SpecProblem(name, at, path, message)
                    : throw new SpecException(at, string.Empty, $"{MostProblems} problems up to here; the rest of the file is not checked"));
            });
            foreach (var value in values)
            {
                var chain = new V1.ServiceChain();
                reader.Read(chain, value, string.Empty);
                documents.Add(new SpecDocument(name, chain, value));
            }
        }
        catch (SpecException error)
        {
            problems.Add(new SpecProblem(name, error.At, error.Path, error.Message));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var reason = error is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file"
                : $"cannot be read: {error.Message}";
            problems.Add(new SpecProblem(name, null, string.Empty, reason));
        }
    }

    private static string Text(string file, Stream standardInput)
    {
        if (file == "-")
        {
            return SpecBytes.ReadText(standardInput);
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return SpecBytes.ReadText(stream);
    }

    // `get -o json` prints several chains as one list.
    private static IReadOnlyList<YamlValue> Chains(YamlValue document) => document is YamlList list ? list.Items : [document];

    private static void CheckUnique(List<SpecDocument> documents, List<SpecProblem> problems)
    {
        var seen = new Dictionary<string, SpecDocument>();
        foreach (var document in documents.Where(document => document.Chain.Name.Length > 0))
        {
            if (!seen.TryAdd(document.Chain.Name, document))
            {
                var first = seen[document.Chain.Name];
                var place = $"{first.File} already, on line {first.Locate("name").Line}";
                var message = $"the chain {SpecText.Quote(document.Chain.Name)} is in {place}; keep one";
                problems.Add(new SpecProblem(document.File, document.Locate("name"), "name", message));
            }
        }
    }
}
