using System.Diagnostics;

namespace Metron.Dpdk.Tests;

/// <summary>
/// This assembly as a program: runs one scenario that needs DPDK started in its own way. DPDK can be started once per process only.
/// </summary>
public static class Program
{
    public static int Main(string[] arguments)
    {
        try
        {
            Scenarios.Run(arguments);
            return 0;
        }
        catch (Exception failure)
        {
            Console.Error.WriteLine(failure);
            return 1;
        }
    }

    /// <summary>Runs a scenario in a child process, and returns what it prints.</summary>
    /// <param name="scenario">Name and arguments.</param>
    /// <param name="prefix">A command in front, such as "ip netns exec NAME".</param>
    internal static string RunChild(string[] scenario, params string[] prefix)
    {
        string[] command = [.. prefix, "dotnet", typeof(Program).Assembly.Location, .. scenario];
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"scenario {string.Join(' ', scenario)} failed: {errors.Result}{output}");
    }
}
