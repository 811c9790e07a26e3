namespace Metron.IntegrationTests.Lab;

/// <summary>Where the parts of the repository are.</summary>
internal static class Repository
{
    /// <summary>"Release" or "Debug", as this assembly was built.</summary>
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>The repository's root directory.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The script that creates and removes labs.</summary>
    public static string LabScript => Path.Combine(Root, "deploy", "lab", "lab");

    /// <summary>The chains for operators.</summary>
    public static string Examples => Path.Combine(Root, "deploy", "examples");

    /// <summary>A traffic script of this project.</summary>
    public static string Traffic(string name) => Path.Combine(AppContext.BaseDirectory, "Traffic", name);

    /// <summary>An executable of the repository, built in the configuration of this assembly.</summary>
    /// <param name="folder">Folder of its project: "controller/Metron.Controller".</param>
    /// <param name="name">Name of the executable.</param>
    public static string Executable(string folder, string name)
    {
        var path = Path.Combine(Root, folder, "bin", Configuration, "net10.0", name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there: build {folder} in configuration {Configuration} first");
    }

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
