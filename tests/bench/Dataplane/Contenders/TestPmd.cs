using System.Diagnostics;
using System.Globalization;
using System.Text;
using Metron.Bench.Processes;

namespace Metron.Bench.Dataplane;

/// <summary>The contender "testpmd-io": dpdk-testpmd in io mode on the same device, core, pool and burst; its statistics over a window.</summary>
internal sealed class TestPmd : IContender
{
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(120);

    /// <inheritdoc/>
    public string Name => "testpmd-io";

    /// <inheritdoc/>
    public Reading Measure(TracedCase known, IReadOnlyList<string> pcaps, double seconds)
    {
        using var process = ChildProcess.Start(Command(known, pcaps[0]));
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.WriteLine("start");
            process.StandardInput.Flush();
            _ = ReadReceivedPackets(process);
            return new Reading(Window.Measure(process.Id, () => ReadReceivedPackets(process), seconds));
        }
        catch (Exception failure) when (failure is EndOfStreamException or IOException)
        {
            Quit(process);
            throw new BenchmarkException($"dpdk-testpmd gave no statistics: {failure.Message}{errors.Result.Trim()}");
        }
        finally
        {
            Quit(process);
        }
    }

    /// <summary>Of a trace for two workers, one core forwards the first one's packets.</summary>
    private static string[] Command(TracedCase known, string pcap) =>
    [
        // Into a pipe it would keep its answers until 4 KiB have gathered.
        "stdbuf", "-oL", "dpdk-testpmd",
        $"--lcores={string.Create(CultureInfo.InvariantCulture, $"0@{Setup.MainCore},1@{Setup.WorkerCore}")}",
        .. (string[])(PoolSize.Of(known.Trace).HasHugePages ? ["--in-memory"] : ["--no-huge", "--no-shconf"]),
        "-m", PoolSize.Of(known.Trace).Megabytes.ToString(CultureInfo.InvariantCulture),
        "--no-pci", "--no-telemetry", string.Create(CultureInfo.InvariantCulture, $"--file-prefix=metron-bench-{Environment.ProcessId}"),
        $"--vdev={Setup.Replay([pcap])}",
        "--", "-i", "--forward-mode=io", "--port-topology=loop", "--no-flush-rx", "--nb-cores=1", "--rxq=1", "--txq=1",
        string.Create(CultureInfo.InvariantCulture, $"--burst={Setup.Burst}"),
        string.Create(CultureInfo.InvariantCulture, $"--mbcache={Setup.MbufCache}"),
        string.Create(CultureInfo.InvariantCulture, $"--total-num-mbufs={PoolSize.Of(known.Trace).Mbufs}"),
        string.Create(CultureInfo.InvariantCulture, $"--mbuf-size={PoolSize.Of(known.Trace).DataRoom}"),
    ];

    /// <summary>Asks for the statistics, and reads until they come.</summary>
    private static double ReadReceivedPackets(Process process)
    {
        const string label = "RX-packets: ";
        process.StandardInput.WriteLine("show port stats 0");
        process.StandardInput.Flush();
        var words = new StringBuilder();
        while (ReadLine(process) is { } line)
        {
            var at = line.IndexOf(label, StringComparison.Ordinal);
            if (at >= 0)
            {
                return double.Parse(line[(at + label.Length)..].Split(' ')[0], CultureInfo.InvariantCulture);
            }

            words.AppendLine(line);
        }

        throw new EndOfStreamException(words.ToString());
    }

    private static string? ReadLine(Process process)
    {
        var line = process.StandardOutput.ReadLineAsync();
        return line.Wait(AnswerDeadline) ? line.Result : throw new IOException("no answer in time");
    }

    private static void Quit(Process process)
    {
        if (process.HasExited)
        {
            return;
        }

        try
        {
            process.StandardInput.WriteLine("quit");
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        var directory = string.Create(CultureInfo.InvariantCulture, $"/var/run/dpdk/metron-bench-{Environment.ProcessId}");
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
