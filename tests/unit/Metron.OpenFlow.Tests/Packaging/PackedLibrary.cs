using System.Diagnostics;
using System.IO.Compression;

namespace Metron.OpenFlow.Tests.Packaging;

/// <summary>The library as a NuGet package of a version of its own, in a temporary folder.</summary>
public sealed class PackedLibrary : IAsyncLifetime
{
    public static string Repository { get; } = FindRepository();

    /// <summary>Debug or Release, as the tests were built.</summary>
    public static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"openflow-package-{Guid.NewGuid():n}");

    public string Version { get; } = $"0.0.0-test.{Guid.NewGuid():n}";

    /// <summary>Where the package and that of its symbols are.</summary>
    public string Feed => Path.Combine(Folder, "feed");

    public ZipArchive Open(string kind) => ZipFile.OpenRead(Path.Combine(Feed, $"Metron.OpenFlow.{Version}.{kind}"));

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(Feed);
        return DotnetAsync(
            Repository,
            "pack", Path.Combine("offload", "Metron.OpenFlow"), "--no-build", "-c", Configuration, "-o", Feed, $"-p:PackageVersion={Version}", "-nodeReuse:false");
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    public static ProcessStartInfo Start(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";

        // Those of the process that runs the tests are not meant for another build.
        foreach (var variable in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        return start;
    }

    public static async Task DotnetAsync(string folder, params string[] arguments)
    {
        using var process = Process.Start(Start(folder, arguments))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{output}{await errors}");
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Metron.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the tests are to run inside the repository");
        }

        return folder.FullName;
    }
}
