using System.Diagnostics;

namespace Metron.Dpdk.Tests;

/// <summary>Compiles C against the DPDK headers of this machine.</summary>
internal static class NativeHeaders
{
    /// <summary>Why nothing can be compiled here; null when it can.</summary>
    public static string? Missing =>
        !File.Exists("/usr/bin/gcc") ? "gcc is not installed"
        : !File.Exists("/usr/include/dpdk/rte_ethdev.h") ? "the DPDK headers are not installed (libdpdk-dev)"
        : null;

    /// <summary>Compiles a program, runs it and returns what it prints.</summary>
    public static string CompileAndRun(string source) => Compile(source, [], program => Run(program));

    /// <summary>Compiles a source, and hands the result to a function; afterwards the file is gone.</summary>
    public static T Compile<T>(string source, string[] options, Func<string, T> use)
    {
        var directory = Directory.CreateTempSubdirectory("metron-dpdk-tests-").FullName;
        try
        {
            var input = Path.Combine(directory, "program.c");
            var output = Path.Combine(directory, "program");
            File.WriteAllText(input, source);
            var flags = Run("pkg-config", "--cflags", "libdpdk").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Run("gcc", ["-w", .. flags, .. options, "-o", output, input]);
            return use(output);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Runs a program and returns what it prints.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed ({process.ExitCode}): {errors.Result}{output}");
    }
}
