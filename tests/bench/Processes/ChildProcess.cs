using System.Diagnostics;

namespace Metron.Bench.Processes;

/// <summary>Starts processes and tells what went wrong with them.</summary>
internal static class ChildProcess
{
    /// <summary>The start of the command that runs this program again.</summary>
    public static IReadOnlyList<string> Self { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
        ? [Environment.ProcessPath!, typeof(ChildProcess).Assembly.Location]
        : [Environment.ProcessPath!];

    /// <summary>Runs a command to its end, and returns what it prints.</summary>
    /// <exception cref="BenchmarkException">It failed, or cannot be started.</exception>
    public static string Run(IReadOnlyList<string> command)
    {
        using var process = Start(command);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new BenchmarkException($"{command[0]} ended with {process.ExitCode}: {errors.Result.Trim()}");
    }

    /// <summary>Starts a command with all of its streams redirected.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="environment">Variables that it gets beside those of this process.</param>
    public static Process Start(IReadOnlyList<string> command, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new BenchmarkException($"cannot start {command[0]}: {failure.Message}");
        }
    }
}
