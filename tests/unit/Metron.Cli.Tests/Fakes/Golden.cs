using System.Runtime.CompilerServices;

namespace Metron.Cli.Tests.Fakes;

/// <summary>Compares with a file under golden/. With METRON_UPDATE_GOLDEN=1 the files are written instead, to be reviewed as a diff.</summary>
internal static class Golden
{
    public static void Equal(string name, string actual)
    {
        var file = Path.Combine(TestFolder.Path, "golden", name);
        if (Environment.GetEnvironmentVariable("METRON_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.ReadAllText(file), actual);
    }
}

/// <summary>The folder of this test project.</summary>
internal static class TestFolder
{
    public static string Path { get; } = Find();

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, "../../.."));

    private static string Find([CallerFilePath] string here = "") => System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, ".."));
}
