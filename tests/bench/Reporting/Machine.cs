using System.Diagnostics;
using Metron.Dpdk;

namespace Metron.Bench;

/// <summary>Where the figures were taken.</summary>
internal sealed record Machine(string Cpu, int Cores, ulong TscHz, string Dpdk, string Commit)
{
    /// <param name="tscHertz">As DPDK measured it; 0 when no suite asked DPDK.</param>
    public static Machine Read(ulong tscHertz) => new(
        ReadCpu(),
        Environment.ProcessorCount,
        tscHertz,
        Eal.CheckInstalled().Replace("DPDK ", string.Empty, StringComparison.Ordinal),
        ReadCommit());

    private static string ReadCpu() => File.ReadLines("/proc/cpuinfo")
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault("unknown");

    private static string ReadCommit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["-C", AppContext.BaseDirectory, "rev-parse", "--short", "HEAD"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? commit : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
