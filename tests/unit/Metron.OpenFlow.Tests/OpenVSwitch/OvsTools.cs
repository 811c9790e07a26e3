using System.Diagnostics;

namespace Metron.OpenFlow.Tests.OpenVSwitch;

/// <summary>The programs of Debian's package openvswitch-switch.</summary>
internal static class OvsTools
{
    private static readonly Lazy<string> LazyVersion = new(() => Run("ovs-ofctl", "--version").Output.Split('\n')[0].Split(' ')[^1].Trim());

    /// <summary>Why tests with Open vSwitch cannot run here; null when they can.</summary>
    public static string? Missing { get; } = FindMissing();

    public static string Version => LazyVersion.Value;

    /// <summary>What <c>ovs-ofctl ofp-print</c> says of a message, without trailing spaces.</summary>
    public static string Print(byte[] message)
    {
        var (output, _) = Run("ovs-ofctl", "ofp-print", Convert.ToHexString(message));
        return string.Join('\n', output.TrimEnd().Split('\n').Select(line => line.TrimEnd()));
    }

    public static (string Output, string Errors) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output, errors.Result);
    }

    private static string? FindMissing()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin");
        string[] programs = ["ovs-ofctl", "ovs-vsctl", "ovsdb-tool", "ovsdb-server", "ovs-vswitchd"];
        var missing = programs.Where(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program)))).ToList();
        return missing.Count == 0 ? null : $"needs Debian's package openvswitch-switch: {string.Join(", ", missing)} not found";
    }
}

/// <summary>A test that needs Open vSwitch.</summary>
public sealed class OvsFactAttribute : FactAttribute
{
    public OvsFactAttribute() => Skip = OvsTools.Missing;
}

/// <summary>A test with several cases that needs Open vSwitch.</summary>
public sealed class OvsTheoryAttribute : TheoryAttribute
{
    public OvsTheoryAttribute() => Skip = OvsTools.Missing;
}
