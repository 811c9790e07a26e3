using System.Xml.Linq;

namespace Metron.Architecture.Tests;

/// <summary>The repository as it is.</summary>
internal static class Repository
{
    private static readonly string[] s_productFolders = ["proto", "nf-library", "offload", "agent", "controller"];

    /// <summary>Its root directory.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The projects of the product: everything but tests.</summary>
    public static IReadOnlyList<Project> Projects { get; } =
    [
        .. s_productFolders
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetDirectories(folder))
            .SelectMany(folder => Directory.GetFiles(folder, "*.csproj"))
            .Order(StringComparer.Ordinal)
            .Select(Project.Read),
    ];

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Metron.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"no Metron.sln above {AppContext.BaseDirectory}");
    }
}

/// <summary>A project.</summary>
/// <param name="Name">Its name: "Metron.Packets".</param>
/// <param name="Folder">Its folder, from the repository's root: "nf-library/Metron.Packets".</param>
/// <param name="References">Names of the projects it refers to.</param>
/// <param name="AllowsUnsafe">Whether it may contain unsafe code.</param>
internal sealed record Project(string Name, string Folder, IReadOnlyList<string> References, bool AllowsUnsafe)
{
    /// <summary>Reads a project file.</summary>
    public static Project Read(string path)
    {
        var document = XDocument.Load(path);
        return new Project(
            Path.GetFileNameWithoutExtension(path),
            Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(path)!),
            [.. document.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))],
            document.Descendants("AllowUnsafeBlocks").Any(element => element.Value == "true"));
    }
}
